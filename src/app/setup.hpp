// What a migrated database still needs before it is a shop: permission rows, an owner, on request the
// sample shop.
#pragma once

#include "app/cluster.hpp"
#include "app/configuration.hpp"
#include "identity/identity.hpp"
#include "sample/sample.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace app {

struct setup_done {
    std::string owner_email;     // empty: there was an owner already
    std::string owner_password;  // only when it was made up here: to be printed, once
    bool sample_loaded = false;
    bool sample_there = false;  // told when it was asked for: loaded now or at an earlier start
    // Who can sign in with the published password while others can connect.
    std::vector<std::string> published;
};

// Told at once, so that a password made up here is never lost.
struct setup_heard {
    std::function<void(setup_done const&)> owner_made;
    std::function<void(sample::account const&, std::string_view password)> hired;  // for the sample shop
    std::function<void(std::string const& sentence)> told;  // of permissions whose routes went or came back
};

// Permission rows from the endpoint declarations. With the owner's or the application's role.
::identity::permission_changes sync_permissions(configuration const& settings,
                                                std::string const& database_url);

// "The permission GET /v1/admin/old is retired: its route is gone. Held by: manager, viewer."
std::vector<std::string> sentences_about(::identity::permission_changes const& done);

// On the first start: an owner with the configured e-mail address and password, or a random one; then
// the sample shop, when the settings ask for it and the database is empty, by the owner of the tables.
setup_done set_up_shop(configuration const& settings, cluster_urls const& urls, setup_heard heard);

// `address` is where the server listens, known when it does: of the pictures' URLs, unless public_url is set.
void show_sample_pictures_at(configuration const& settings, std::string const& database_url,
                             std::string_view address);

// As above, but only with the configured password: for `carrack migrate`, which nobody watches.
void make_configured_owner(configuration const& settings, std::string const& database_url);

}  // namespace app
