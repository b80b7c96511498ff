// The data folder: made when it isn't there, what lies in it, and held by one server at a time.
#pragma once

#include "app/configuration.hpp"
#include "app/descriptor.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace app {

// Makes the folder (0700; 0711 as root, whose PostgreSQL runs as another user and must get through)
// or says in one sentence why it cannot be used.
void prepare_data_folder(std::filesystem::path const& data);

// One sentence why nothing can be kept in the folder, or nothing when all is well.
std::string folder_fault(std::filesystem::path const& data);

// The configured key, or the one in the folder's file, which is made when it isn't there. Throws setup_error.
crypto::secret_key find_or_make_secret_key(configuration const& settings);
std::filesystem::path key_file_in(std::filesystem::path const& data);

// For commands that make no shop: throws setup_error when the data folder holds none and no server is named.
void require_shop(configuration const& settings);
bool holds_cluster(std::filesystem::path const& data);

// An advisory lock on a file; the kernel frees it when the process ends, however it ends.
class file_lock {
public:
    enum class kind { shared, exclusive };
    // Nothing when somebody else holds it in a way that excludes this.
    static std::optional<file_lock> try_take(std::filesystem::path const& file, kind k);

    void write(std::string_view who) const;  // what holder() tells others

private:
    explicit file_lock(descriptor fd) : fd_(std::move(fd)) {}
    descriptor fd_;
};

std::string lock_holder(std::filesystem::path const& file);  // "carrack up, process 123"; may be empty

}  // namespace app
