// Mails that wait to be sent, as whole messages for whoever delivers them.
#pragma once

#include "core/time.hpp"
#include "core/uuid.hpp"

#include <string>
#include <string_view>

namespace identity {

// What a sealed token belongs to.
std::string mail_context(core::uuid id);

struct mail_facts {
    core::uuid id;
    std::string_view mail_template;
    std::string_view recipient;
    std::string_view token;
    core::timestamp queued_at;
};
// A message by RFC 5322. `address`: of the shop, "https://shop.example.com".
std::string message_of(mail_facts const& mail, std::string_view address);

}  // namespace identity
