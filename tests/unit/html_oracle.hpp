// An independent judge of sanitised HTML: reads it by its own grammar, far narrower than HTML's, and
// says what doesn't belong. Shared by the tests and the fuzzer.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace test {

class html_oracle {
public:
    // Empty when `html` holds nothing but escaped text and balanced, allowed, harmless tags.
    static std::string find_harm(std::string_view html) { return html_oracle(html).judge(); }

private:
    explicit html_oracle(std::string_view html) : rest_(html) {}

    std::string judge() {
        while (!rest_.empty()) {
            char const c = rest_.front();
            if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') return "a control character";
            if (c == '>') return "a bare >";
            if (c == '&' && !is_entity()) return "a bare &";
            if (c == '<') {
                if (auto harm = tag(); !harm.empty()) return harm;
                continue;
            }
            rest_.remove_prefix(1);
        }
        return open_.empty() ? "" : "unclosed <" + open_.back() + ">";
    }

    bool is_entity() const {
        static constexpr std::array<std::string_view, 5> known{"&amp;", "&lt;", "&gt;", "&quot;", "&#96;"};
        return std::any_of(known.begin(), known.end(), [this](auto e) { return rest_.starts_with(e); });
    }

    std::string tag() {
        auto const end = rest_.find('>');
        if (end == rest_.npos) return "an unfinished tag";
        std::string_view inside = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        bool const closing = inside.starts_with('/');
        if (closing) inside.remove_prefix(1);
        auto const name_end = std::min(inside.find(' '), inside.size());
        std::string const name(inside.substr(0, name_end));
        inside.remove_prefix(name_end);
        static constexpr std::string_view allowed =
            " p br b strong i em u s ul ol li h1 h2 h3 h4 h5 h6 blockquote a img table caption thead tbody "
            "tfoot "
            "tr th td span div hr sub sup code pre ";
        if (name.empty() || allowed.find(" " + name + " ") == allowed.npos)
            return "the element <" + name + ">";
        if (closing) {
            if (open_.empty() || open_.back() != name) return "</" + name + "> closes nothing";
            open_.pop_back();
            return inside.empty() ? "" : "an attribute in an end tag";
        }
        if (name != "br" && name != "hr" && name != "img") open_.push_back(name);
        return attributes(name, inside);
    }

    static std::string attributes(std::string const& element, std::string_view inside) {
        while (!inside.empty()) {
            auto const equals = inside.find("=\"");
            auto const close = inside.find('"', equals == inside.npos ? equals : equals + 2);
            if (inside.front() != ' ' || close == inside.npos)
                return "a malformed attribute in <" + element + ">";
            std::string const name = element + "." + std::string(inside.substr(1, equals - 1));
            std::string_view const value = inside.substr(equals + 2, close - equals - 2);
            inside.remove_prefix(close + 1);
            if (!is_harmless(name, value)) return name + "=" + std::string(value);
        }
        return {};
    }

    static bool is_harmless(std::string const& name, std::string_view value) {
        if (value.find_first_of("<>`") != value.npos) return false;
        bool const web = value.starts_with("http") && value.find("://") != value.npos;
        if (name == "a.href" || name == "img.src") return is_link(value, name == "a.href");
        if (name == "a.rel") return value == "nofollow noopener";
        if (name == "img.alt") return true;
        static constexpr std::string_view numbers =
            " img.width img.height td.colspan td.rowspan th.colspan th.rowspan ";
        bool const digits = value.find_first_not_of("0123456789") == value.npos && !value.empty();
        return digits && !web && numbers.find(" " + name + " ") != numbers.npos;
    }

    static bool is_link(std::string_view value, bool mail) {
        std::string lower(value);
        for (char& c : lower)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        bool const scheme = lower.starts_with("http://") || lower.starts_with("https://") ||
                            (mail && lower.starts_with("mailto:"));
        return scheme && std::none_of(lower.begin(), lower.end(), [](char c) {
                   return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
               });
    }

    std::string_view rest_;
    std::vector<std::string> open_;
};

}  // namespace test
