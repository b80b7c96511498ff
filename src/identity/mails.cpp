#include "identity/mails.hpp"

#include "identity/identity.hpp"
#include "identity/key_ring.hpp"
#include "identity/store.hpp"
#include "observe/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <stdexcept>

namespace identity {
namespace {

struct template_text {
    std::string_view name;
    std::string_view subject;
    std::string_view body;  // {0}: the shop's address, {1}: the token
};

constexpr template_text templates[] = {
    {"password_reset", "Setting another password",
     "Somebody, probably you, asked to set another password for your account at {0}.\r\n"
     "This token does it, once and within thirty minutes (POST /v1/auth/password/reset):\r\n\r\n"
     "    {1}\r\n\r\n"
     "If it was not you, there is nothing to do: your password stays as it is.\r\n"},
    {"email_verification", "Is this your address?",
     "Your account at {0} names this address.\r\n"
     "This token shows that it is yours, once and within a day (POST /v1/auth/email/verify):\r\n\r\n"
     "    {1}\r\n\r\n"
     "If you have no account there, there is nothing to do.\r\n"},
    {"registration", "Your account",
     "Somebody, probably you, asked for an account at {0} with this address and a password.\r\n"
     "This token makes it, once and within a day (POST /v1/auth/email/verify):\r\n\r\n"
     "    {1}\r\n\r\n"
     "If it was not you, leave the token alone: somebody else would know the password.\r\n"},
    {"account_exists", "You have an account already",
     "Somebody, probably you, asked for an account at {0} with this address, which has one already.\r\n"
     "You can sign in to it. Should you have forgotten its password, this token sets another one, once "
     "and\r\n"
     "within thirty minutes (POST /v1/auth/password/reset):\r\n\r\n"
     "    {1}\r\n\r\n"
     "If it was not you, there is nothing to do: your account stays as it is.\r\n"},
};

std::string_view host_of(std::string_view address) {
    auto const scheme = address.find("://");
    if (scheme != address.npos) address.remove_prefix(scheme + 3);
    return address.substr(0, address.find_first_of(":/"));
}

std::string date_of(core::timestamp at) {
    std::time_t const seconds = at.us / 1'000'000;
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(seconds));
}

}  // namespace

std::string mail_context(core::uuid id) { return "mail:" + core::to_string(id); }

std::string message_of(mail_facts const& mail, std::string_view address) {
    for (template_text const& t : templates) {
        if (t.name != mail.mail_template) continue;
        return fmt::format(
                   "From: Carrack <carrack@{0}>\r\nTo: {1}\r\nSubject: {2}\r\nDate: {3}\r\n"
                   "Message-ID: <{4}@{0}>\r\nMIME-Version: 1.0\r\n"
                   "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
                   host_of(address), mail.recipient, t.subject, date_of(mail.queued_at),
                   core::to_string(mail.id)) +
               fmt::format(fmt::runtime(t.body), address, mail.token);
    }
    throw std::logic_error("a mail has a template that there is not");
}

core::task<std::vector<outgoing_mail>> take_mails(db::transaction& t, crypto::secret_key configured,
                                                  std::string address) {
    auto const key = mails_key_of(configured);
    std::vector<outgoing_mail> out;
    for (mail_row const& row : co_await t.all(lock_waiting_mails)) {
        auto const token = crypto::open(
            key, {reinterpret_cast<char const*>(row.sealed.data()), row.sealed.size()}, mail_context(row.id));
        if (!token) {
            observe::warning("a mail waits for a server with the secret key under which it was sealed");
            continue;
        }
        out.push_back(
            {row.id, message_of({row.id, row.mail_template, row.recipient, *token, row.queued_at}, address)});
    }
    co_return out;
}

void note_delivered(db::transaction& t, std::vector<core::uuid> const& mails) { t.add(note_delivery, mails); }

}  // namespace identity
