#include "identity/letters.hpp"

#include "crypto/digest.hpp"
#include "identity/mails.hpp"
#include "work/outbox.hpp"

#include <algorithm>

namespace identity {
namespace {

constexpr std::int64_t hour_s = 3600;
constexpr std::int64_t mails_of_account = 3;  // in an hour
constexpr std::int64_t mails_from_network = 60;

// From the one network there were sixty within the hour: the oldest has to be older.
throttling too_many(asked_for_mail const& seen) {
    return {.verdict = throttle_verdict::refuse,
            .policy = "mail-address",
            .quota = mails_from_network,
            .window_s = hour_s,
            .retry_after_s = std::max<std::int64_t>(1, hour_s - seen.oldest_from_here_us / 1'000'000)};
}

}  // namespace

core::bytes letter::digest() const {
    auto const digest = crypto::sha256(token);
    return {digest.begin(), digest.end()};
}

core::task<core::result<bool>> count_request(db::transaction& t, http::call& c, origin_of_try from) {
    auto const seen = co_await t.first(count_mail_requests, from.account, from.network);
    if (seen->from_here >= mails_from_network) co_return refused(c, too_many(*seen));
    t.add(insert_mail_request, core::make_uuid7(), from.account, from.network);
    co_return seen->of_account < mails_of_account;
}

void queue_mail(db::transaction& t, service& s, letter_kind const& what, std::string email, letter const& l) {
    std::string const sealed = crypto::seal(s.shared().mails_key(), l.token, mail_context(l.id));
    t.add(insert_mail, l.id, std::string(what.text), email, core::bytes(sealed.begin(), sealed.end()));
    work::announce(t, "mail.queued", l.id);
}

void queue_letter(db::transaction& t, service& s, letter_kind const& what, addressee_row const& to,
                  letter const& l) {
    t.add(insert_mail_token, l.digest(), std::string(what.purpose), to.id, to.email, what.good_for_s);
    queue_mail(t, s, what, to.email, l);
}

}  // namespace identity
