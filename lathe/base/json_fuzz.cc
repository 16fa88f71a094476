// SPDX-License-Identifier: Apache-2.0
// What parses must survive dump and parse unchanged, and every typed read must answer or throw
// Error.
#include "lathe/base/json.h"

#include "lathe/base/error.h"

namespace lathe {
namespace {

// True where `read` returns, false where it throws the kCorrupt that wrong kinds promise.
template <class Read>
bool answers(Read read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    LATHE_CHECK(error.code() == ErrorCode::kCorrupt, "a typed read threw another error",
                error.message());
    return false;
  }
}

void check_scalar_reads(const Json& value) {
  LATHE_CHECK(answers([&] { return value.as_bool(); }) == value.is_bool(), "as_bool");
  LATHE_CHECK(answers([&] { return value.as_number(); }) == value.is_number(), "as_number");
  LATHE_CHECK(answers([&] { return value.as_string(); }) == value.is_string(), "as_string");
  const bool integer = answers([&] { return value.as_integer(); });
  LATHE_CHECK(integer || !value.is_integer(), "as_integer refuses an integer");
  if (integer && !value.is_integer()) {
    LATHE_CHECK(static_cast<double>(value.as_integer()) == value.as_number(), "a rounded integer");
  }
}

void check_reads(const Json& value) {
  check_scalar_reads(value);
  if (answers([&] { return value.as_array(); })) {
    Json copy = Json();
    for (const Json& item : value.as_array()) {
      check_reads(item);
      copy.push_back(item);
    }
    LATHE_CHECK(copy == value || value.as_array().empty(), "an array rebuilt item by item differs");
  }
  if (answers([&] { return value.as_object(); })) {
    for (const auto& [key, item] : value.as_object()) {
      LATHE_CHECK(value.contains(key) && &value.at(key) == value.find(key), "member lost", key);
      check_reads(item);
    }
  }
  LATHE_CHECK(!answers([&] { return value.at("no such key \x01"); }), "found what is not there");
}

// Sets and reads back a member; `value` may be of any kind.
void check_insertion(Json value) {
  const bool accepts = value.is_object() || value.is_null();
  const auto insert = [&] { value["inserted \x01"] = 1; };
  LATHE_CHECK(answers(insert) == accepts, "insertion into", to_string(value.kind()));
  if (accepts) LATHE_CHECK(value.at("inserted \x01").as_integer() == 1, "inserted member lost");
}

}  // namespace
}  // namespace lathe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  lathe::Json value;
  try {
    value = lathe::Json::parse(text, "fuzz");
  } catch (const lathe::Error& error) {
    LATHE_CHECK(error.code() == lathe::ErrorCode::kCorrupt, "bad JSON must be kCorrupt", text);
    return 0;
  }
  LATHE_CHECK(lathe::Json::parse(value.dump(), "dump") == value, "dump changed the value", text);
  LATHE_CHECK(lathe::Json::parse(value.dump_pretty(), "pretty") == value, "pretty dump", text);
  lathe::check_reads(value);
  lathe::check_insertion(value);
  return 0;
}
