// How one record is spelled: used by log.cpp, and by tests.
#pragma once

#include "observe/log.hpp"

namespace observe {

void append_record(std::string& out, log_format format, core::timestamp at, level how,
                   std::string_view message, std::initializer_list<field> fields);
void append_access(std::string& out, log_format format, core::timestamp at, access_record const& r);

}  // namespace observe
