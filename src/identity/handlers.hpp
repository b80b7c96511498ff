// The coroutines behind identity/api.hpp.
#pragma once

#include "identity/api.hpp"
#include "identity/api_accounts.hpp"
#include "identity/api_machines.hpp"
#include "identity/api_mails.hpp"
#include "identity/api_passwords.hpp"
#include "identity/api_permissions.hpp"
#include "identity/api_second_factor.hpp"
#include "identity/api_sessions.hpp"

namespace identity {

template <class T>
using answer = core::task<core::result<T>>;

answer<login_view> sign_in(http::call& c, login_request in);
answer<login_view> renew(http::call& c, refresh_request in);
answer<core::nothing> sign_out(http::call& c, logout_request in);
answer<session_view> show_session(http::call& c, http::no_parameters in);

answer<core::nothing> set_own_password(http::call& c, change_password_request in);
answer<core::nothing> ask_for_reset(http::call& c, forgot_password_request in);
answer<core::nothing> reset_by_mail(http::call& c, reset_password_request in);
answer<core::nothing> ask_for_verification(http::call& c, http::no_parameters in);
answer<core::nothing> verify_by_mail(http::call& c, verify_email_request in);

answer<core::nothing> ask_for_account(http::call& c, register_request in);
// The account that was asked for by the mail with this token; mail_token_invalid when there is none to make.
answer<core::nothing> open_account(http::call& c, core::bytes token_digest);
answer<account_view> show_account(http::call& c, http::no_parameters in);
answer<account_view> change_account(http::call& c, update_account_request in);
answer<http::page<customer_view>> show_customers(http::call& c, list_customers_request in);
answer<customer_view> show_customer(http::call& c, customer_request in);
answer<customer_view> change_customer(http::call& c, update_customer_request in);

answer<http::page<own_session_view>> show_sessions(http::call& c, list_sessions_request in);
answer<core::nothing> drop_session(http::call& c, session_request in);
answer<core::nothing> drop_sessions(http::call& c, http::no_parameters in);

answer<http::page<user_view>> show_users(http::call& c, list_users_request in);
answer<user_view> add_user(http::call& c, create_user_request in);
answer<user_view> show_user(http::call& c, user_request in);
answer<user_view> change_user(http::call& c, update_user_request in);

answer<http::page<role_row_view>> show_roles(http::call& c, list_roles_request in);
answer<role_view> add_role(http::call& c, create_role_request in);
answer<role_view> duplicate_role(http::call& c, copy_role_request in);
answer<role_view> show_role(http::call& c, role_request in);
answer<role_view> edit_role(http::call& c, update_role_request in);
answer<core::nothing> drop_role(http::call& c, role_request in);
answer<role_view> grant_permissions(http::call& c, set_permissions_request in);

answer<http::page<listed_permission>> show_permissions(http::call& c, list_permissions_request in);
answer<explanation> explain_to(http::call& c, explain_request in);
answer<simulation> simulate(http::call& c, simulate_request in);

answer<http::page<api_key_row_view>> show_api_keys(http::call& c, list_api_keys_request in);
answer<new_api_key_view> add_api_key(http::call& c, create_api_key_request in);
answer<api_key_view> show_api_key(http::call& c, api_key_request in);
answer<core::nothing> drop_api_key(http::call& c, api_key_request in);

answer<second_factor_view> begin_factor_setup(http::call& c, begin_second_factor_request in);
answer<recovery_codes_view> confirm_factor(http::call& c, confirm_second_factor_request in);
answer<core::nothing> drop_factor(http::call& c, remove_second_factor_request in);
answer<core::nothing> drop_users_factor(http::call& c, user_request in);

}  // namespace identity
