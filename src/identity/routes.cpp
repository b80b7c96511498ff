#include "identity/routes.hpp"

#include "http/bind.hpp"
#include "identity/handlers.hpp"
#include "identity/service.hpp"

namespace identity {
namespace {

// A key is seen by every server two seconds after it was made, then kept so long: and still nobody meets a
// token of it before the key (key_lead).
constexpr std::string_view keys_kept = "public, max-age=2";

// For whoever verifies our access tokens on their own (RFC 7517).
core::task<http::reply> show_keys(http::call& c) {
    http::reply r;
    r.body = co_await work::service<service>(c).public_keys(c.by);
    r.content_type = "application/jwk-set+json";
    r.fields.emplace_back("cache-control", keys_kept);
    co_return r;
}

}  // namespace

void add_routes(http::registry& to) {
    to.add(http::serve<login, &sign_in>());
    to.add(http::serve<refresh, &renew>());
    to.add(http::serve<logout, &sign_out>());
    to.add(http::serve<get_session, &show_session>());

    to.add(http::serve<change_password, &set_own_password>());
    to.add(http::serve<forgot_password, &ask_for_reset>());
    to.add(http::serve<reset_own_password, &reset_by_mail>());
    to.add(http::serve<request_verification, &ask_for_verification>());
    to.add(http::serve<verify_own_email, &verify_by_mail>());

    to.add(http::serve<list_sessions, &show_sessions>());
    to.add(http::serve<delete_session, &drop_session>());
    to.add(http::serve<delete_sessions, &drop_sessions>());

    to.add(http::serve<register_customer, &ask_for_account>());
    to.add(http::serve<get_account, &show_account>());
    to.add(http::serve<update_account, &change_account>());
    to.add(http::serve<list_customers, &show_customers>());
    to.add(http::serve<get_customer, &show_customer>());
    to.add(http::serve<update_customer, &change_customer>());

    to.add(http::serve<list_users, &show_users>());
    to.add(http::serve<create_user, &add_user>());
    to.add(http::serve<get_user, &show_user>());
    to.add(http::serve<update_user, &change_user>());

    to.add(http::serve<list_roles, &show_roles>());
    to.add(http::serve<create_role, &add_role>());
    to.add(http::serve<copy_role, &duplicate_role>());
    to.add(http::serve<get_role, &show_role>());
    to.add(http::serve<update_role, &edit_role>());
    to.add(http::serve<delete_role, &drop_role>());
    to.add(http::serve<set_permissions, &grant_permissions>());

    to.add(http::serve<list_permissions, &show_permissions>());
    to.add(http::serve<explain_permission, &explain_to>());
    to.add(http::serve<simulate_permissions, &simulate>());

    to.add(http::serve<list_api_keys, &show_api_keys>());
    to.add(http::serve<create_api_key, &add_api_key>());
    to.add(http::serve<get_api_key, &show_api_key>());
    to.add(http::serve<revoke_api_key, &drop_api_key>());

    to.add(http::serve<begin_second_factor, &begin_factor_setup>());
    to.add(http::serve<confirm_second_factor, &confirm_factor>());
    to.add(http::serve<remove_second_factor, &drop_factor>());
    to.add(http::serve<remove_users_second_factor, &drop_users_factor>());

    to.add_raw(http::method::get, "/.well-known/jwks.json", "jwks", &show_keys);
}

}  // namespace identity
