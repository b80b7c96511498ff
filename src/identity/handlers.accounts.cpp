// Accounts of shoppers: registering, one's own, and blocking somebody's.
#include "identity/handlers.hpp"
#include "identity/letters.hpp"
#include "identity/service.hpp"
#include "identity/store.hpp"
#include "identity/trail.hpp"
#include "work/outbox.hpp"

#include <algorithm>

namespace identity {
namespace {

constexpr account_kind customer = account_kind::customer;

struct wanted_account {
    std::string email;
    std::optional<std::string> name;
    std::string password_hash;
};

// Whether the address may have another mail. Counted before the password is hashed, which is what costs.
answer<bool> may_have_mail(http::call& c, std::string email) {
    origin_of_try const from = origin_of(c, customer, email);
    co_return co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<bool> {
        lock_tries(t, from);
        co_return co_await count_request(t, c, from);
    });
}

// To either address a mail and the digest of its token: known or not costs the same. False for an account
// that is blocked, which gets none.
answer<bool> write_to(db::transaction& t, service& s, wanted_account const& wanted, letter const& l) {
    auto const known = co_await t.first(find_addressee, customer, wanted.email);
    if (known && !known->active) co_return false;
    if (known) {
        queue_letter(t, s, reminding, *known, l);
        co_return true;
    }
    t.add(insert_registration, l.digest(), wanted.email, wanted.name, wanted.password_hash,
          registering.good_for_s);
    queue_mail(t, s, registering, wanted.email, l);
    co_return true;
}

answer<core::nothing> open_in(db::transaction& t, http::call& c, core::uuid id, core::bytes digest) {
    auto const taken = co_await t.all(take_registrations, digest);
    auto const wanted = std::ranges::find(taken, true, &registration_row::chosen);
    if (wanted == taken.end()) co_return mail_token_invalid;
    // It may have got its account by one that was asked for meanwhile.
    if (!co_await t.first(insert_customer, id, wanted->email, wanted->name, wanted->password_hash))
        co_return mail_token_invalid;
    audit::record(t, owner_of_account(c, customer, id), resource_of(customer), id,
                  audit::created(account_facts{user_status::active}));
    work::announce(t, "customer.registered", id);
    co_return core::nothing{};
}

account_view view_of(customer_row const& row) {
    return {row.id, row.email, {row.name}, row.version, row.created_at, row.updated_at};
}

customer_view staff_view_of(customer_row const& row) {
    return {row.id, row.email, {row.name}, row.status, row.version, row.created_at, row.updated_at};
}

answer<account_view> rename_in(db::transaction& t, http::call& c, update_account_request in) {
    t.add(lock_user, c.who.id);
    auto const before = co_await t.first(find_customer, c.who.id);
    if (!before) co_return access_token_invalid;
    if (auto const seen = c.check_version(before->version); !seen) co_return seen.error();
    std::optional<std::string> name = before->name;
    if (in.name.given()) name = *in.name ? std::optional((*in.name)->value) : std::nullopt;
    if (before->name == name) co_return view_of(*before);
    t.add(rename_customer, c.who.id, name);
    audit::record(t, work::actor_of(c), resource_of(customer), c.who.id,
                  audit::changes{{"name", "\"(personal)\"", "\"(personal)\""}});
    auto const after = co_await t.first(find_customer, c.who.id);
    co_return view_of(*after);
}

answer<customer_view> set_status_in(db::transaction& t, http::call& c, update_customer_request in) {
    t.add(lock_user, in.id);
    auto const before = co_await t.first(find_customer, in.id);
    if (!before) co_return customer_not_found;
    if (auto const seen = c.check_version(before->version); !seen) co_return seen.error();
    if (!in.status.given() || before->status == *in.status) co_return staff_view_of(*before);
    t.add(set_customer_status, in.id, *in.status);
    if (*in.status == user_status::blocked) {
        t.add(end_sessions_of_user, in.id, "blocked");
        t.add(raise_sessions);
    }
    audit::record(t, work::actor_of(c), resource_of(customer), in.id,
                  audit::changed(account_facts{before->status}, account_facts{*in.status}));
    auto const after = co_await t.first(find_customer, in.id);
    co_return staff_view_of(*after);
}

core::task<std::vector<customer_row>> rows_for(db::scope in, list_customers_request asked, core::uuid before,
                                               std::int64_t limit) {
    if (asked.email)
        co_return co_await in.all(find_customer_of_address, asked.email->value, before, asked.status);
    if (!asked.status) co_return co_await in.all(list_customers_by_age, before, limit);
    if (*asked.status == user_status::blocked)
        co_return co_await in.all(list_blocked_customers, before, limit);
    co_return co_await in.all(list_active_customers, before, limit);
}

}  // namespace

answer<core::nothing> ask_for_account(http::call& c, register_request in) {
    auto const accepted = accept_password(in.password.value, in.email.value);
    if (!accepted) co_return accepted.error();
    auto const may = co_await may_have_mail(c, in.email.value);
    if (!may) co_return may.error();
    if (!*may) co_return core::nothing{};
    service& s = work::service<service>(c);
    auto const hash = co_await s.passwords().hash(*accepted, c.by);
    if (!hash) co_return hash.error();
    wanted_account wanted{.email = std::move(in.email.value), .name = {}, .password_hash = *hash};
    if (in.name) wanted.name = std::move(in.name->value);
    letter const l;
    auto const sent = co_await work::database(c).transact(
        {}, [&](db::transaction& t) { return write_to(t, s, wanted, l); });
    if (!sent) co_return sent.error();
    if (*sent) s.mail_queued();
    co_return core::nothing{};
}

answer<core::nothing> open_account(http::call& c, core::bytes token_digest) {
    core::uuid const id = core::make_uuid7();
    co_return co_await work::database(c).transact(
        {}, [&](db::transaction& t) { return open_in(t, c, id, token_digest); });
}

answer<account_view> show_account(http::call& c, http::no_parameters) {
    auto const row = co_await work::database(c).first(find_customer, c.who.id);
    if (!row) co_return access_token_invalid;
    co_return view_of(*row);
}

answer<account_view> change_account(http::call& c, update_account_request in) {
    co_return co_await work::database(c).transact({},
                                                  [&](db::transaction& t) { return rename_in(t, c, in); });
}

answer<http::page<customer_view>> show_customers(http::call& c, list_customers_request in) {
    auto const before = work::position(in.after);
    if (!before) co_return before.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows = co_await rows_for(work::database(c), in, *before, limit + 1);
    http::page<customer_view> out;
    out.next.value = work::trim_page(rows, limit, work::newest_first, [](customer_row const& last) {
        return std::vector{core::to_string(last.id)};
    });
    for (customer_row const& row : rows) out.data.push_back(staff_view_of(row));
    co_return out;
}

answer<customer_view> show_customer(http::call& c, customer_request in) {
    auto const row = co_await work::database(c).first(find_customer, in.id);
    if (!row) co_return customer_not_found;
    co_return staff_view_of(*row);
}

answer<customer_view> change_customer(http::call& c, update_customer_request in) {
    auto out =
        co_await work::database(c).transact({}, [&](db::transaction& t) { return set_status_in(t, c, in); });
    if (out) work::service<service>(c).changed();
    co_return out;
}

}  // namespace identity
