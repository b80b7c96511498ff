#include "identity/store.hpp"

#include "identity/identity.hpp"
#include "identity/store_keys.hpp"

namespace identity {
namespace {

constexpr db::statement_info const* all_statements[] = {
    &load_versions,
    &raise_rights,
    &lock_rights,
    &raise_keys,
    &raise_sessions,
    &load_permissions,
    &load_role_grants,
    &load_grants_of_roles,
    &load_grants_of_user,
    &load_holders,
    &load_blocked_users,
    &load_ended_sessions,
    &load_signing_keys,
    &insert_signing_key,
    &list_signing_keys,
    &retire_signing_key,
    &retire_spent_keys,
    &find_staff_credentials,
    &insert_session,
    &insert_refresh_token,
    &replace_password_hash,
    &lock_family,
    &load_presented,
    &spend_refresh_token,
    &touch_session,
    &end_session,
    &end_session_of_token,
    &end_sessions_of_user,
    &end_other_sessions_of_user,
    &list_live_sessions,
    &end_own_session,
    &remove_dead_sessions,
    &lock_tries_of_account,
    &lock_tries_from_network,
    &load_tries,
    &insert_try,
    &remove_try,
    &fail_try,
    &remove_old_tries,
    &find_addressee,
    &count_mail_requests,
    &insert_mail_request,
    &insert_mail_token,
    &insert_mail,
    &find_mail_token,
    &use_mail_token,
    &use_other_mail_tokens,
    &reset_password,
    &verify_email,
    &lock_waiting_mails,
    &note_delivery,
    &remove_old_mails,
    &remove_old_mail_tokens,
    &remove_old_mail_requests,
    &find_staff,
    &lock_staff,
    &list_staff,
    &insert_staff,
    &update_staff,
    &set_password,
    &remove_other_roles,
    &add_roles,
    &count_owners,
    &load_user_names,
    &find_role,
    &list_roles_by_name,
    &insert_role,
    &change_role,
    &remove_role,
    &remove_other_grants,
    &add_grants,
    &load_holder_names,
    &count_roles,
    &find_everything_role,
    &find_role_by_name,
    &list_permissions_by_id,
    &load_named_roles,
    &load_role_users,
    &load_retired,
    &renew_permissions,
    &insert_permissions,
    &retire_permissions,
};

}  // namespace

work::statement_list statements() { return all_statements; }

work::chore_list chores() {
    static constexpr work::chore all[] = {{"sessions", &remove_dead_sessions, dead_sessions_most},
                                          {"sign_in_tries", &remove_old_tries, old_tries_most},
                                          {"signing_keys", &retire_spent_keys, spent_keys_most},
                                          {"mails", &remove_old_mails, old_mails_most},
                                          {"mail_tokens", &remove_old_mail_tokens, old_mails_most},
                                          {"mail_requests", &remove_old_mail_requests, old_mails_most}};
    return all;
}

}  // namespace identity
