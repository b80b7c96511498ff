// Where the private PostgreSQL cluster of a data folder lies, whose it is, and where its socket is.
#pragma once

#include "app/process.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace app {

using say_function = std::function<void(std::string_view sentence)>;

struct cluster_place {
    std::filesystem::path home;  // <data>/postgres, or what that links to
    std::optional<identity> as;  // as root: the user that PostgreSQL runs as
    std::string owner;           // that user's name, or our own

    std::filesystem::path pgdata() const { return home / "data"; }
};

// Makes what isn't there. As root with a data folder that PostgreSQL's user cannot reach (below a home
// of mode 0700, say), the cluster goes to /var/lib/carrack and <data>/postgres becomes a link to it.
cluster_place settle_cluster(std::filesystem::path const& data, say_function const& say);

// <home>/run, or a short folder of mode 0700 elsewhere when a socket's path would be too long
// (sun_path of unix(7) holds 107 bytes). Made when it isn't there.
std::filesystem::path settle_sockets(cluster_place const& place);

}  // namespace app
