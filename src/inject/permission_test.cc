#include "inject/permission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace tidemark {
namespace {

using testing::HasSubstr;

PtraceCircumstances denied() {
  PtraceCircumstances c;
  c.refusal = EPERM;
  c.our_user = 1000;
  c.their_user = 1000;
  return c;
}

TEST(Permission, WhatIsAllowedNeedsNoReason) {
  PtraceCircumstances c = denied();
  c.refusal = 0;
  const PtracePermission permission = explain_ptrace(c);
  EXPECT_TRUE(permission.allowed);
  EXPECT_TRUE(permission.reason.empty() && permission.remedy.empty());
  EXPECT_THAT(permission.facts, HasSubstr("no Yama"));
}

TEST(Permission, EveryRefusalHasItsReasonAndRemedy) {
  PtraceCircumstances c = denied();
  c.their_user = 0;
  EXPECT_THAT(explain_ptrace(c).reason, HasSubstr("it belongs to root"));
  EXPECT_THAT(explain_ptrace(c).remedy, HasSubstr("sudo"));
  c = denied();
  c.yama = 1;
  EXPECT_THAT(explain_ptrace(c).reason, HasSubstr("ptrace_scope is 1"));
  EXPECT_THAT(explain_ptrace(c).remedy, HasSubstr("SYS_PTRACE"));
  c.yama = 3;
  EXPECT_THAT(explain_ptrace(c).reason, HasSubstr("forbids ptrace altogether"));
  c = denied();
  c.tracer = 77;
  EXPECT_THAT(explain_ptrace(c).reason, HasSubstr("process 77"));
  c = denied();
  c.our_seccomp = 2;
  EXPECT_THAT(explain_ptrace(c).reason, HasSubstr("seccomp"));
  EXPECT_THAT(explain_ptrace(denied()).reason, HasSubstr("not dumpable"));
  c = denied();
  c.refusal = ESRCH;
  EXPECT_THAT(explain_ptrace(c).reason, HasSubstr("ended"));
  c.refusal = ENOSYS;
  EXPECT_THAT(explain_ptrace(c).reason, HasSubstr("not implemented"));
}

}  // namespace
}  // namespace tidemark
