#include "mgan/io/json.hpp"

#include <chrono>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/unit/io/temporary_folder.hpp"

using namespace mgan;
using namespace mgan::io;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string message_of(const std::string& text) {
  try {
    parse_json(text, "x.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("json: strict, and errors name the file", "[io]") {
  const TemporaryFolder folder;
  CHECK(read_json(folder.file("a.json", R"({"a": [1, {"a": 2}], "b": "é"})"))["a"][1]["a"] == 2);
  const auto refused = [&](const std::string& text, const std::string& why) {
    const auto path = folder.file("bad.json", text);
    CHECK_THROWS_WITH(read_json(path), ContainsSubstring("bad.json: malformed JSON") && ContainsSubstring(why));
  };
  refused("", "");
  refused("{", "");
  refused("{} {}", "");
  refused(R"({"a": 1, "a": 1})", "'a' occurs twice");
  refused(R"([{"b": {"a": 1, "c": {"a": 2}, "a": 3}}])", "'a' occurs twice");
  refused("\"\xff\"", "UTF-8");
  refused(std::string("{}\0junk", 7), "null byte");
  refused("1e999", "");
  refused("{'a': 1}", "");
  CHECK_THROWS_WITH(read_json(folder.path / "none.json"), ContainsSubstring("none.json: cannot read: No such file"));
}

TEST_CASE("json: values of every kind come as the library parses them", "[io]") {
  const std::string text =
      R"( {"a":[1,-2,2.5,1e3,true,false,null,"é\u00e9\n",[],{}],"":{"b":{"c":[[[1]]]}},"z":18446744073709551615} )";
  CHECK(parse_json(text, "x") == Json::parse(text));
  for (const char* one : {"1", "\"a\"", "null", "[]", "{}", "[[],[]]"}) CHECK(parse_json(one, "x") == Json::parse(one));
}

TEST_CASE("json: depth is bounded", "[io]") {
  const auto nested = [](int depth) { return repeated("[", depth) + repeated("]", depth); };
  CHECK(parse_json(nested(256), "x").is_array());
  CHECK_THROWS_WITH(parse_json(nested(257), "x.json"),
                    ContainsSubstring("x.json: malformed JSON: more than 256 arrays and objects inside each other"));
  CHECK_THROWS_WITH(parse_json(nested(100'000), "x.json"), ContainsSubstring("more than 256"));
  CHECK_THROWS_WITH(parse_json(repeated("{\"a\":", 100'000), "x.json"), ContainsSubstring("more than 256"));
  CHECK_THROWS_WITH(parse_json(repeated("[{\"a\":", 200) + "1" + repeated("}]", 200), "x"), ContainsSubstring("more"));
}

TEST_CASE("json: the check for duplicate keys takes linear time", "[io]") {
  std::string text = "{";
  for (int i = 0; i < 60'000; ++i) text += "\"tensor." + std::to_string(i) + "\":{\"shape\":[1,2],\"dtype\":\"F32\"},";
  text += "\"end\":0}";
  const auto began = std::chrono::steady_clock::now();
  CHECK(parse_json(text, "x").size() == 60'001);
  // 0.1 s; a quadratic check took over a minute.
  CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count() < 10);
}

TEST_CASE("json: messages are short, and nothing in them reaches a terminal", "[io]") {
  const std::string megabyte(1'000'000, 'k');
  CHECK(message_of("{\"" + megabyte + "\":1,\"" + megabyte + "\":2}").size() < 200);
  CHECK(message_of("[\"" + megabyte).size() < 300);
  CHECK(message_of("[" + megabyte).size() < 300);
  const std::string escape = message_of("{\"\\u001b[31m\":1,\"\\u001b[31m\":2}");
  CHECK_THAT(escape, ContainsSubstring("'\\x1B[31m' occurs twice"));

  CHECK(brief(Json::parse(R"({"a":[1,2.5,null,"b"]})")) == R"({"a":[1,2.5,null,"b"]})");
  CHECK(brief(Json(megabyte)).size() < 100);
  CHECK(brief(Json(std::vector<int>(1'000'000, 7))).size() < 100);
  CHECK(brief(Json(std::vector<int>(1'000'000, 7))).starts_with("[7,7,7,7"));
  CHECK(brief(Json("\x1b[31m")) == "\"\\x1B[31m\"");
  Json deep = 1;
  for (int i = 0; i < 200'000; ++i) deep = Json::array({std::move(deep)});
  CHECK(brief(deep).size() < 100);
}

TEST_CASE("json: what is written can be read", "[io]") {
  const Json value{{"a", "é\u20ac"}, {"b", {1, 2}}, {"\xEF\xBF\xBD", "\xEF\xBF\xBD"}};
  CHECK(parse_json(dump(value, "x"), "x") == value);
  CHECK_THROWS_WITH(dump(Json("\xff"), "a word"), ContainsSubstring("a word is not UTF-8"));
}

TEST_CASE("printable: one line of a message", "[core]") {
  CHECK(printable("a dog, un été, 犬") == "a dog, un été, 犬");
  CHECK(printable("\x1b]0;x\x07\n\r\t") == "\\x1B]0;x\\x07\\x0A\\x0D\\x09");
  CHECK(printable("\xff\xc3") == "\\xFF\\xC3");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xC2\\x9B31m");  // a control character of two bytes
  CHECK(printable("äöüß", 3) == "äöü...");
  CHECK(printable("äöü", 3) == "äöü");
  CHECK(printable("") == "");
  CHECK_THROWS_WITH(fail("picture \x1b[2J.png: ", 3, "\nnext"), ContainsSubstring("picture \\x1B[2J.png: 3\nnext"));
}
