// What stands in the private cluster's configuration files, and the SQL that makes its roles.
#pragma once

#include "app/process.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace app {

struct cluster_settings {
    std::filesystem::path pgdata;  // where the files will be when they are read
    std::filesystem::path sockets;
    std::string cluster_user;  // whom the operating system says PostgreSQL is
    std::optional<identity> as;
};

// carrack.conf and the two files on who may connect; written only where they differ, each atomically.
void write_cluster_files(std::filesystem::path const& into, cluster_settings const& s);

// Once, after initdb: postgresql.conf reads carrack.conf last. ALTER SYSTEM still beats both.
void include_settings(std::filesystem::path const& pgdata);

// Input for `postgres --single -j`, where an empty line ends a statement.
std::string_view setup_sql();

}  // namespace app
