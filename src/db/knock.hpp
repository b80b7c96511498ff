// Whether the server lets anybody in. Private to this layer.
#pragma once

#include "db/connection.hpp"

#include <memory>
#include <vector>

namespace db::detail {

// One connection that asks nothing and is closed again, shared by all who want to know meanwhile.
struct knocking final : connection::owner, std::enable_shared_from_this<knocking> {
    database_state& database;
    std::shared_ptr<connection> to;
    std::vector<std::shared_ptr<waiter>> waiting;
    bool let_in = false;

    explicit knocking(database_state& d);
    ~knocking() { to->close(); }

    void opened() override;
    void lost(broken why) override;
    void settled() override;
    void answered(connection::expected const&, result) override {}
    void synced() override {}

private:
    void tell();
};

core::task<bool> knock(std::shared_ptr<database_state> d, core::deadline by);

}  // namespace db::detail
