// How metrics are spelled in Prometheus' text format. Used within this layer only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace observe {

inline constexpr std::string_view requests_name = "http_requests_total";
inline constexpr std::string_view durations_name = "http_request_duration_seconds";

std::string escaped_label(std::string_view value);
std::string number(double v);
void append_head(std::string& out, std::string_view name, std::string_view help, std::string_view type);
// `name``suffix`{`labels`,`more`} `value`
void append_sample(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                   std::string_view more, std::string_view value);
void append_histogram(std::string& out, std::string_view name, std::string_view labels,
                      std::uint32_t first_cell);
void append_sizes(std::string& out, std::string_view name, std::string_view labels, std::uint32_t first_cell);

void append_request_metrics(std::string& out);

}  // namespace observe
