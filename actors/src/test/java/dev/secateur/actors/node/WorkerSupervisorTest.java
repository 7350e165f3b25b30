package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Real processes that stand for workers. */
class WorkerSupervisorTest {
  private static final String LOST =
      "the GPU cuda:1 has failed: CUDA error: uncorrectable ECC error encountered";

  /** A worker whose GPU fails at once where it is {@code cuda:1}, and else works for ever. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws IOException {
      List<String> given = List.of(arguments);
      if (given.contains("cuda:1")) {
        System.err.println("2026-01-01T00:00:00Z " + WorkerSupervisor.JOINED);
        System.err.println(LOST);
        System.err.println("2026-01-01T00:00:00Z WARN  Worker: no last word");
        Runtime.getRuntime().halt(Node.DEVICE_LOST);
      }
      System.out.println(WorkerSupervisor.JOINED);
      System.out.println("given " + String.join(" ", given));
      while (System.in.read() >= 0) {
        // its parent is there
      }
    }
  }

  @Test
  void whatKeepsAWatchingProcessSmallIsNotForItsWorkers() throws Exception {
    String script =
        Files.readString(Path.of(System.getProperty("secateur.root", ".."), "actors/bin/secateur"));
    Matcher small =
        Pattern.compile("\\*coordinator\\* .*\\n +options\\+=\\((.*)\\)").matcher(script);
    assertThat(small.find()).isTrue();
    List<String> own = new ArrayList<>(List.of("-Xmx1g", "-Dai.djl.offline=true"));
    own.addAll(List.of(small.group(1).split(" ")));
    assertThat(own).hasSize(5);
    assertThat(WorkerSupervisor.ofChildren(own)).containsExactly("-Xmx1g", "-Dai.djl.offline=true");
  }

  @Test
  void aWorkerWhoseGpuHasFailedIsStartedEverMoreSlowlyWhileTheOthersGoOn() {
    StringWriter told = new StringWriter();
    WorkerSupervisor parent =
        new WorkerSupervisor(List.of(Child.class.getName()), new PrintWriter(told), false);
    parent.start(new HostBudget(4L << 30).shares(List.of("cuda:0", "cuda:1")), "host");
    try {
      String name = "host-" + ProcessHandle.current().pid() + "/cuda:";
      String ended = name + "1 ended, exit code 71, final output: " + LOST;
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(told.toString())
                      .contains(ended + "; it is restarted in 2 s")
                      .contains(ended + "; it is restarted in 4 s")
                      .contains(
                          "["
                              + name
                              + "0] given --device cuda:0 --as "
                              + name
                              + "0 --host-share "
                              + (2L << 30)
                              + " --sharers 1"));
      assertThat(told.toString()).doesNotContain(name + "0 ended");
    } finally {
      parent.stop();
    }
  }
}
