// The audit trail: every change records who did it, by what right, and what it was before and
// after, in its own transaction.
#pragma once

#include "http/json_write.hpp"
#include "work/context.hpp"

namespace audit {

// A table for checks of the whole shop: what each entry says has changed, field by field; values are JSON.
inline constexpr std::string_view changes_sql =
    "(select e.resource, e.resource_id, c.value ->> 'field' as field, c.value -> 'before' as before,"
    " c.value -> 'after' as after from audit.entries e cross join jsonb_array_elements(e.changes) c)";

// Values of `before` and `after` are JSON texts; "null" where there was or is nothing.
struct change {
    std::string field;
    std::string before;
    std::string after;
};
using changes = std::vector<change>;

namespace detail {
template <class T>
std::string text_of(T const& v) {
    std::string out;
    if constexpr (http::is_optional<T>) {
        if (v)
            http::write(out, *v);
        else
            out = "null";
    } else
        http::write(out, v);
    return out;
}

template <class T, template <class...> class L, class... D>
changes compare(T const* before, T const* after, L<D...>) {
    changes out;
    auto const one = [&](std::string_view name, std::string was, std::string is) {
        if (was != is) out.push_back({std::string(name), std::move(was), std::move(is)});
    };
    (one(D::name, before ? text_of(before->*D::pointer) : "null",
         after ? text_of(after->*D::pointer) : "null"),
     ...);
    return out;
}
template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public>;
}  // namespace detail

// Field by field, of described structs. Give them structs without secrets and without personal data:
// those are referenced by id, not copied.
template <class T>
changes created(T const& after) {
    return detail::compare<T>(nullptr, &after, detail::members_of<T>{});
}
template <class T>
changes changed(T const& before, T const& after) {
    return detail::compare<T>(&before, &after, detail::members_of<T>{});
}
template <class T>
changes removed(T const& before) {
    return detail::compare<T>(&before, nullptr, detail::members_of<T>{});
}

struct note {
    work::actor by;
    std::string resource;
    std::string resource_id;
    changes what;
};
// Queues an entry for each, in one statement.
void record(db::transaction& t, std::span<note const> all);

// Queues the entry in the change's transaction; it leaves with the caller's next batch.
void record(db::transaction& t, work::actor const& by, std::string_view resource,
            std::string_view resource_id, changes const& what);
inline void record(db::transaction& t, work::actor const& by, std::string_view resource, core::uuid id,
                   changes const& what) {
    record(t, by, resource, core::to_string(id), what);
}

// Whether entries have been queued in this process since it was last asked: for whoever seals them.
bool take_written();
void note_written();

}  // namespace audit
