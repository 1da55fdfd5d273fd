// Every test case draws the same numbers in every run and in any order: LibTorch's generator starts at 1 for each.
#include <ATen/Context.h>

#define CATCH_CONFIG_EXTERNAL_INTERFACES  // v2 keeps its listeners behind this
#include "tests/support/catch.hpp"

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

namespace {

struct SeedEachTest : ListenerBase {
  using ListenerBase::ListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo&) override { at::manual_seed(1); }
};

}  // namespace

CATCH_REGISTER_LISTENER(SeedEachTest)
