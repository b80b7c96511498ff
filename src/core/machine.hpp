// A state machine as one constant table. The guard in C++, the rows in the database, the diagram
// in the docs and the buttons that a client draws are read from it.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace core {

template <class State>
struct edge {
    State from;
    State to;

    bool operator==(edge const&) const = default;
};

template <class State, std::size_t States, std::size_t Edges>
struct machine {
    State initial;
    std::array<edge<State>, Edges> edges;

    constexpr bool allows(State from, State to) const {
        for (auto const& e : edges)
            if (e == edge<State>{from, to}) return true;
        return false;
    }

    constexpr std::vector<State> next(State from) const {
        std::vector<State> out;
        for (auto const& e : edges)
            if (e.from == from) out.push_back(e.to);
        return out;
    }

    constexpr bool every_state_reachable() const {
        std::array<bool, States> seen{};
        seen[static_cast<std::size_t>(initial)] = true;
        for (std::size_t round = 0; round < States; ++round)
            for (auto const& e : edges)
                if (seen[static_cast<std::size_t>(e.from)]) seen[static_cast<std::size_t>(e.to)] = true;
        for (bool s : seen)
            if (!s) return false;
        return true;
    }

    constexpr bool no_edge_twice() const {
        for (std::size_t i = 0; i < Edges; ++i)
            for (std::size_t j = i + 1; j < Edges; ++j)
                if (edges[i] == edges[j]) return false;
        return true;
    }
};

}  // namespace core
