// The sample shop: Halyard & Hearth, ship chandlers, with goods, stock, staff and orders in every state, so
// that a first look shows a shop that lives.
#pragma once

#include "core/money.hpp"
#include "core/task.hpp"
#include "crypto/password.hpp"
#include "db/database.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sample {

struct account {
    std::string_view role;
    std::string_view name;
    std::string_view email;
};
inline constexpr account staff[] = {
    {"manager", "Mara Lindqvist", "manager@example.com"},
    {"operator", "Otto Brandt", "operator@example.com"},
    {"viewer", "Vera Okafor", "viewer@example.com"},
    {"harbour operator", "Hugo Nyström", "harbour@example.com"},
};
// Of those who have ordered, who has an account in the shop.
inline constexpr account shoppers[] = {
    {"customer", "Ines Carvalho", "ines.carvalho@example.com"},
    {"customer", "Ruth Abernathy", "ruth.abernathy@example.com"},
};
// Of all of them where only one's own machine can connect, and no secret: the sample shop is for trying
// things out.
inline constexpr std::string_view staff_password = "all-hands-on-deck";

struct hiring {
    std::string password = std::string(staff_password);
    std::function<void(account const&, std::string_view password)> told =
        {};  // of each as soon as they are made
};

struct loaded {
    std::size_t products = 0;
    std::size_t variants = 0;
    std::size_t orders = 0;
};

// Fills a database that has neither products nor orders, and nothing otherwise; of several at once, one does.
// Goods, stock and orders come in one transaction, through the functions that the API's endpoints use. As the
// owner of the tables it also puts them into the past weeks; the server's own role may not rewrite history,
// so with that all of it has just happened. Permissions and roles must be there. Goods have prices in USD and
// EUR, and in `currency` if it is another.
core::task<std::optional<loaded>> load(db::scope db, crypto::password_pool& passwords,
                                       core::currency currency, std::string address, hiring staff_as = {});

// Whether the shop there is the sample: its manager and one of its goods are there.
core::task<bool> is_there(db::scope db);

// The pictures' URLs name the server's address; when that is another one than at the last start, they follow.
core::task<void> move_pictures(db::scope db, std::string address);

}  // namespace sample
