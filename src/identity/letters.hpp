// Mails with a token, as they are asked for: counted, so that nobody floods a mailbox, then queued.
#pragma once

#include "identity/service.hpp"
#include "identity/tries.hpp"

namespace identity {

struct letter_kind {
    std::string_view text;     // which template
    std::string_view purpose;  // what its token is good for
    std::int64_t good_for_s;
};
inline constexpr letter_kind resetting{"password_reset", "password_reset", 30 * 60};
inline constexpr letter_kind verifying{"email_verification", "email_verification", 24 * 3600};
inline constexpr letter_kind registering{"registration", "registration", 24 * 3600};  // its token is a row's
inline constexpr letter_kind reminding{"account_exists", resetting.purpose, resetting.good_for_s};

struct letter {
    core::uuid id = core::make_uuid7();
    std::string token = crypto::random_token();

    core::bytes digest() const;
};

// Counts a request for mail; `from` is locked by lock_tries in the same transaction. False when the mailbox
// had its three within the hour: nothing may be sent then, and nobody is told. Else too_many_attempts.
core::task<core::result<bool>> count_request(db::transaction& t, http::call& c, origin_of_try from);

// These queue; the mail is for `email`. Tell service::mail_queued after the commit.
void queue_mail(db::transaction& t, service& s, letter_kind const& what, std::string email, letter const& l);
void queue_letter(db::transaction& t, service& s, letter_kind const& what, addressee_row const& to,
                  letter const& l);  // and its token

}  // namespace identity
