// A gate between the server under test and PostgreSQL: passes bytes until told to break the way.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace integration {

class gate {
public:
    explicit gate(std::string socket_folder_behind);  // where the real .s.PGSQL.5432 is
    ~gate();
    gate(gate const&) = delete;
    gate& operator=(gate const&) = delete;

    std::string url(std::string const& database, std::string const& role) const;

    // Breaks the connection when what the client sends contains `pattern`: before it is passed on, or
    // after the server has answered it (the answer is withheld).
    enum class when { before_it_arrives, after_its_answer };
    void cut_at(std::string pattern, when w);
    void silence(bool on) { silent_ = on; }   // connections stay, no byte passes
    void refuse(bool on) { refusing_ = on; }  // new connections are closed at once
    void cut_all() { ++epoch_; }              // breaks every connection there is
    int cuts() const { return cuts_; }
    int accepted() const { return accepted_; }
    long passed() const { return passed_; }  // bytes, both ways

private:
    void accept_all();
    void pass(int client);
    bool forward(int from, int to, bool is_client, bool& withhold);

    std::string behind_, folder_;
    int listener_ = -1;
    std::atomic<bool> silent_{false}, refusing_{false}, over_{false};
    std::atomic<int> epoch_{0}, cuts_{0}, accepted_{0};
    std::atomic<long> passed_{0};
    std::mutex lock_;  // guards the pattern and the list of threads
    std::string pattern_;
    when when_ = when::before_it_arrives;
    std::vector<std::thread> passers_;
    std::thread acceptor_;
};

}  // namespace integration
