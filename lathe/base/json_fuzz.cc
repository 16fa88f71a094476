// SPDX-License-Identifier: Apache-2.0
// What parses must survive dump and parse unchanged, and every typed read must answer or throw
// Error.
#include "lathe/base/json.h"

#include "tests/support/fuzz.h"

namespace lathe {
namespace {

using testing::must_hold;

// True where `read` returns, false where it throws the kCorrupt that wrong kinds promise.
template <class Read>
bool answers(Read read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    testing::must_be_promised(error, {ErrorCode::kCorrupt});
    return false;
  }
}

void check_scalar_reads(const Json& value) {
  must_hold(answers([&] { return value.as_bool(); }) == value.is_bool(), "as_bool");
  must_hold(answers([&] { return value.as_number(); }) == value.is_number(), "as_number");
  must_hold(answers([&] { return value.as_string(); }) == value.is_string(), "as_string");
  const bool integer = answers([&] { return value.as_integer(); });
  must_hold(integer || !value.is_integer(), "as_integer gives integers");
  if (integer && !value.is_integer()) {
    must_hold(static_cast<double>(value.as_integer()) == value.as_number(), "as_integer is exact");
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
    must_hold(copy == value || value.as_array().empty(), "an array is its items");
  }
  if (answers([&] { return value.as_object(); })) {
    for (const auto& [key, item] : value.as_object()) {
      must_hold(value.contains(key) && &value.at(key) == value.find(key), "members are found", key);
      check_reads(item);
    }
  }
  must_hold(!answers([&] { return value.at("no such key \x01"); }), "no other members");
}

// Sets and reads back a member; `value` may be of any kind.
void check_insertion(Json value) {
  const bool accepts = value.is_object() || value.is_null();
  const auto insert = [&] { value["inserted \x01"] = 1; };
  must_hold(answers(insert) == accepts, "insertion into", to_string(value.kind()));
  if (accepts) must_hold(value.at("inserted \x01").as_integer() == 1, "the inserted member");
}

}  // namespace
}  // namespace lathe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lathe::testing::must_hold;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  lathe::Json value;
  try {
    value = lathe::Json::parse(text, "fuzz");
  } catch (const lathe::Error& error) {
    lathe::testing::must_be_promised(error, {lathe::ErrorCode::kCorrupt});
    return 0;
  }
  must_hold(lathe::Json::parse(value.dump(), "dump") == value, "dump keeps the value", text);
  must_hold(lathe::Json::parse(value.dump_pretty(), "pretty") == value, "pretty dump", text);
  lathe::check_reads(value);
  lathe::check_insertion(value);
  return 0;
}
