package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FinalOutputTest {
  private static String of(String output) {
    FinalOutput words = new FinalOutput();
    output.lines().forEach(words::hear);
    return words.text();
  }

  @Test
  void areNotWhatEveryNodeSays() {
    assertThat(
            of(
                """
                2026-11-27T03:04:05Z node akka://secateur@h:1 joins the cluster at [h:2], roles [gpu-worker]
                2026-11-27T03:04:05Z event log: /w/logs/node.jsonl
                2026-11-27T03:04:06Z joined the cluster
                2026-11-27T03:04:07Z WARN  Cluster: something
                """))
        .isEmpty();
  }

  @Test
  void areTheLastLinesOfItsErrors() {
    assertThat(
            of(
                """
                2026-11-27T03:04:06Z joined the cluster
                first
                terminate called after throwing an instance of 'c10::Error'
                  what():  CUDA error: out of memory
                2026-11-27T03:04:07Z WARN  Worker: something else
                2026-11-27T03:04:08Z ERROR Worker: cuda:0: the task can't be stopped
                \tat dev.secateur.X.y(X.java:1)
                """))
        .isEqualTo(
            "terminate called after throwing an instance of 'c10::Error' / what():  CUDA"
                + " error: out of memory / ERROR Worker: cuda:0: the task can't be stopped");
  }

  @Test
  void tellAnErrorOnceThatIsLoggedAndSaid() {
    assertThat(
            of(
                """
                2026-11-27T03:04:06Z joined the cluster
                2026-11-27T03:04:07Z ERROR Worker: cuda:1: the GPU cuda:1 has failed: CUDA error
                2026-11-27T03:04:07Z the GPU cuda:1 has failed: CUDA error
                """))
        .isEqualTo("the GPU cuda:1 has failed: CUDA error");
  }

  @Test
  void areTheHeadlineOfACrashOfNativeCode() {
    assertThat(
            of(
                """
                2026-11-27T03:04:06Z joined the cluster
                #
                # A fatal error has been detected by the Java Runtime Environment:
                #
                #  SIGSEGV (0xb) at pc=0x00007f2c, pid=12, tid=34
                #
                # JRE version: OpenJDK Runtime Environment (17.0.16+8) (build 17.0.16+8)
                # Java VM: OpenJDK 64-Bit Server VM (17.0.16+8, mixed mode, linux-amd64)
                # Problematic frame:
                # C  [libtorch_cpu.so+0x1234]  at::native::copy_
                #
                # No core dump will be written. Core dumps have been disabled.
                #
                # An error report file with more information is saved as:
                # /var/lib/secateur/hs_err_pid12.log
                #
                # If you would like to submit a bug report, please visit:
                #   https://bugreport.java.com/bugreport/crash.jsp
                #
                """))
        .isEqualTo(
            "SIGSEGV (0xb) at pc=0x00007f2c, pid=12, tid=34 / C  [libtorch_cpu.so+0x1234] "
                + " at::native::copy_ / /var/lib/secateur/hs_err_pid12.log");
    assertThat(
            of(
                """
                # There is insufficient memory for the Java Runtime Environment to continue.
                # Native memory allocation (mmap) failed to map 16384 bytes for committing reserved memory.
                """))
        .isEqualTo("There is insufficient memory for the Java Runtime Environment to continue.");
  }
}
