// `carrack verify --repair` of the ledger's subtotals, which a database's clock that was put back leaves
// behind the movements it dates before them.
#include "inventory/checks.hpp"
#include "inventory/store.hpp"
#include "inventory/subtotals_beside_ledger.hpp"

#include "audit/audit.hpp"

namespace inventory {
namespace {

constexpr std::string_view of_all_rows =
    "with rows as (select distinct variant_id, location_id from inventory.subtotals where (variant_id, "
    "location_id) > ($1, $2))";
constexpr std::string_view first_rows =
    " select distinct variant_id, location_id from differing order by variant_id, location_id limit 1000";
constexpr db::statement<stock_key(core::uuid, core::uuid)> find_subtotals_to_mend{
    "inventory.find_subtotals_to_mend", db::joined<of_all_rows, subtotals_beside_ledger, first_rows>};

constexpr std::string_view of_the_row =
    "with rows as (select $1::uuid as variant_id, $2::uuid as location_id)";
constexpr std::string_view written = R"sql(
    insert into inventory.subtotals as t (variant_id, location_id, at, kind, version, movements, on_hand, reserved)
    select variant_id, location_id, at, kind, version, movements, on_hand, reserved from differing where movements > 0
    on conflict (variant_id, location_id, at, kind) do update
       set movements = excluded.movements, on_hand = excluded.on_hand, reserved = excluded.reserved)sql";
constexpr db::statement<db::none(core::uuid, core::uuid)> rewrite_subtotals{
    "inventory.rewrite_subtotals", db::joined<of_the_row, subtotals_beside_ledger, written>};

constexpr std::string_view removed = R"sql(
    delete from inventory.subtotals t using differing d
     where t.variant_id = d.variant_id and t.location_id = d.location_id and t.at = d.at and t.kind = d.kind
       and d.movements = 0)sql";
constexpr db::statement<db::none(core::uuid, core::uuid)> remove_subtotals_of_nothing{
    "inventory.remove_subtotals_of_nothing", db::joined<of_the_row, subtotals_beside_ledger, removed>};

// No lock: what is dated before an instant has been committed, and whoever adds subtotals adds right ones.
core::task<core::result<bool>> mend_row(db::transaction& t, stock_key at, work::actor const& by) {
    auto const rewritten = t.add(rewrite_subtotals, at.variant_id, at.location_id);
    auto const dropped = t.add(remove_subtotals_of_nothing, at.variant_id, at.location_id);
    co_await t.run();
    std::int64_t const mended = rewritten.affected() + dropped.affected();
    if (mended > 0) {
        audit::record(t, by, "stock", name_of(at), {{"subtotals_written_anew", "0", std::to_string(mended)}});
    }
    co_await t.commit();
    co_return mended > 0;
}

}  // namespace

core::task<work::mended> mend_subtotals(db::scope in, work::actor by) {
    auto const next = [&](stock_key after) {
        return in.all(find_subtotals_to_mend, after.variant_id, after.location_id);
    };
    auto const mend = [&](stock_key at) {
        return in.transact({}, [&by, at](db::transaction& t) { return mend_row(t, at, by); });
    };
    auto const name = [](stock_key at) { return "subtotals of stock " + name_of(at); };
    co_return co_await work::mend_each<stock_key>(name, next, mend);
}

work::statement_list subtotals_mending_statements() {
    static constexpr db::statement_info const* all[] = {&find_subtotals_to_mend, &rewrite_subtotals,
                                                        &remove_subtotals_of_nothing};
    return all;
}

}  // namespace inventory
