// A value or a problem. The names are std::expected's, so that C++23 can replace this by an alias.
#pragma once

#include "core/failure.hpp"

#include <cassert>
#include <utility>
#include <variant>

namespace core {

struct nothing {};  // the value of what only succeeds or fails; an endpoint that answers 204

template <class T>
class [[nodiscard]] result {
public:
    using value_type = T;

    result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    result(problem e) : held_(std::in_place_index<1>, std::move(e)) {}
    result(failure const& f) : held_(std::in_place_index<1>, f) {}

    bool has_value() const { return held_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& operator*() & {
        assert(has_value());
        return *std::get_if<0>(&held_);
    }
    T const& operator*() const& {
        assert(has_value());
        return *std::get_if<0>(&held_);
    }
    T&& operator*() && {
        assert(has_value());
        return std::move(*std::get_if<0>(&held_));
    }
    T* operator->() { return &**this; }
    T const* operator->() const { return &**this; }
    problem& error() {
        assert(!has_value());
        return *std::get_if<1>(&held_);
    }
    problem const& error() const {
        assert(!has_value());
        return *std::get_if<1>(&held_);
    }

private:
    std::variant<T, problem> held_;
};

}  // namespace core
