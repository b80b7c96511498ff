// Where `up` leaves the mails that the shop would send: files in the data folder, for whoever tries it out.
// Woken by who queued a mail, and once at the start; nothing is asked of an idle shop.
#pragma once

#include "core/task.hpp"
#include "crypto/secret_box.hpp"
#include "db/database.hpp"

#include <filesystem>
#include <mutex>
#include <string>

namespace app {

class mail_folder {  // one for the process
public:
    mail_folder(std::filesystem::path folder, crypto::secret_key key);

    // Of the shop, as its mails name it. Before that mails wait.
    void open_for(std::string address);

    // On any loop, with its database, which closes only after what has been started here.
    void woken(db::database& d);
    // Whatever waits, as <id>.eml. What goes wrong is logged: the mails wait for the next time.
    core::task<void> run(db::database& d);

private:
    core::task<std::size_t> deliver_some(db::database& d);

    std::string address() const;

    std::filesystem::path folder_;
    crypto::secret_key key_;
    mutable std::mutex guard_;
    std::string address_;
};

}  // namespace app
