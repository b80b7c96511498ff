#include "app/mail_folder.hpp"

#include "app/descriptor.hpp"
#include "identity/identity.hpp"
#include "loop/loop.hpp"
#include "observe/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

namespace app {
namespace {

constexpr auto patience = std::chrono::seconds(10);  // for one transaction

[[noreturn]] void fail(std::filesystem::path const& file) {
    throw std::system_error(errno, std::generic_category(), file.string());
}

// Whole or not at all; what a crash left is written again.
void write_file(std::filesystem::path const& file, std::string_view text) {
    std::filesystem::path const fresh = file.string() + ".new";
    {
        descriptor const fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (fd.get() < 0) fail(fresh);
        while (!text.empty()) {
            ssize_t const n = ::write(fd.get(), text.data(), text.size());
            if (n < 0 && errno != EINTR) fail(fresh);
            if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    std::filesystem::rename(fresh, file);
}

}  // namespace

mail_folder::mail_folder(std::filesystem::path folder, crypto::secret_key key)
    : folder_(std::move(folder)), key_(key) {}

void mail_folder::open_for(std::string address) {
    std::lock_guard const hold(guard_);
    address_ = std::move(address);
}

std::string mail_folder::address() const {
    std::lock_guard const hold(guard_);
    return address_;
}

void mail_folder::woken(db::database& d) {
    // The reply leaves first.
    loop::event_loop::current().defer([this, &d] { core::start(run(d), [](std::exception_ptr) {}); });
}

core::task<std::size_t> mail_folder::deliver_some(db::database& d) {
    auto const done = co_await d.use(core::steady::now() + patience)
                          .transact({}, [&](db::transaction& t) -> core::task<core::result<std::size_t>> {
                              auto const mails = co_await ::identity::take_mails(t, key_, address());
                              std::vector<core::uuid> written;
                              for (auto const& mail : mails) {
                                  write_file(folder_ / (core::to_string(mail.id) + ".eml"), mail.message);
                                  written.push_back(mail.id);
                              }
                              if (!written.empty()) ::identity::note_delivered(t, written);
                              co_return written.size();
                          });
    co_return done ? *done : 0;
}

core::task<void> mail_folder::run(db::database& d) {
    std::string failed;
    try {
        if (address().empty()) co_return;  // the start's turn comes
        std::filesystem::create_directories(folder_);
        std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
        while (co_await deliver_some(d) > 0) {
        }
    } catch (std::exception const& e) {
        failed = e.what();
    }
    if (!failed.empty()) observe::warning("mails could not be written and wait", {{"what", failed}});
}

}  // namespace app
