// How every command finds the database: the server that CARRACK_DATABASE_URL names, else the private
// cluster of the data folder; one that another command runs is shared, one that nobody runs is
// started for as long as the command takes.
#pragma once

#include "app/cluster.hpp"
#include "app/configuration.hpp"
#include "app/data_folder.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace app {

class database_at_hand {
public:
    enum class purpose {
        serve,    // keeps the data folder for itself, and the cluster alive
        command,  // also works beside a server
    };
    // `command` is what others are told who holds the data folder. Throws setup_error.
    database_at_hand(configuration const& settings, purpose p, std::string_view command, say_function say);
    ~database_at_hand();  // stops what was started here
    database_at_hand(database_at_hand const&) = delete;
    database_at_hand& operator=(database_at_hand const&) = delete;

    std::string const& app_url() const { return urls_.app; }
    std::string const& owner_url() const { return urls_.owner; }
    bool is_private() const { return private_; }

    // Stops the cluster when it was started here (the destructor does the same); afterwards the data
    // folder is free.
    void stop();

private:
    void hold(std::filesystem::path const& data, std::string_view command);
    void share_or_hold(std::filesystem::path const& data, std::string_view command);

    say_function say_;
    purpose purpose_;
    bool private_ = false;
    cluster_urls urls_;
    // In this order: the cluster goes before the lock that says it is ours.
    std::optional<file_lock> held_;   // <data>/lock: whoever has it runs the cluster
    std::optional<file_lock> users_;  // <data>/users, shared: commands at work on a cluster
    std::unique_ptr<cluster> cluster_;
    std::filesystem::path data_;
};

}  // namespace app
