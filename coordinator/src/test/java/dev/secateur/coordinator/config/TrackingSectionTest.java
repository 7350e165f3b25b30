package dev.secateur.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.Tracking;
import org.junit.jupiter.api.Test;

class TrackingSectionTest {
  private static final FakeSources SOURCES = new FakeSources("/models");

  private static SweepConfig read(String more) {
    return SweepConfigReader.read(
        "name = s, models = [a], ratios = [0.5]\n" + more, "sweep.conf", SOURCES);
  }

  private static void refuses(String tracking, String problem) {
    assertThatThrownBy(() -> read(tracking))
        .isInstanceOf(InputException.class)
        .satisfies(e -> assertThat(e.getMessage().lines()).containsExactly(problem));
  }

  @Test
  void nobodyIsToldUnlessAskedFor() {
    assertThat(read("").tracking()).isEqualTo(Tracking.NONE);
  }

  @Test
  void namesAnMlflowServerAndAWebhook() {
    assertThat(read("tracking { mlflow = \"http://h:5000\" }").tracking())
        .isEqualTo(new Tracking("http://h:5000", "s", "", "", ""));
    SweepConfig both =
        read(
            "tracking { mlflow = \"http://h/m\", experiment = \"my own\", links = \"https://api\","
                + " webhook = \"https://w/x?y=1\", secret = SECATEUR_TRACKING_SECRET }");
    assertThat(both.tracking())
        .isEqualTo(
            new Tracking(
                "http://h/m",
                "my own",
                "https://api",
                "https://w/x?y=1",
                "SECATEUR_TRACKING_SECRET"));
    assertThat(SweepPlanner.plan(both, SOURCES))
        .as("none of it is in a plan")
        .isEqualTo(SweepPlanner.plan(read(""), SOURCES));
  }

  @Test
  void aSecretIsNamedAndNeverWritten() {
    String literal = "hunter2-hunter2";
    assertThatThrownBy(
            () -> read("tracking { webhook = \"http://h\", secret = \"" + literal + "\" }"))
        .hasMessageStartingWith(
            "sweep.conf:2: 'tracking.secret' is not the name of an environment variable")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain(literal));
    String missing =
        "sweep.conf:2: 'tracking.secret' is missing; it is the name of the environment variable"
            + " that holds the webhook's secret, such as SECATEUR_TRACKING_SECRET, without ${}";
    refuses("tracking { webhook = \"http://h\" }", missing);
    refuses("tracking { webhook = \"http://h\", secret = ${?SECATEUR_TRACKING_SECRET} }", missing);
    assertThatThrownBy(() -> read("tracking { webhook = \"http://h\", secret = AWS_SECRET }"))
        .as("a sweep's author may not use any variable of a coordinator")
        .hasMessageContaining("begins with SECATEUR_TRACKING_");
  }

  @Test
  void refusesWhatIsNoAddress() {
    refuses("tracking {}", "sweep.conf:2: 'tracking' has neither 'mlflow' nor 'webhook'");
    for (String wrong : new String[] {"h:5000", "file:///etc/passwd", "http:///x", "ftp://h"}) {
      refuses(
          "tracking { mlflow = \"" + wrong + "\" }",
          "sweep.conf:2: 'tracking.mlflow' is '"
              + wrong
              + "'; it is an address such as https://mlflow.example:5000");
    }
    refuses(
        "tracking { mlflow = \"https://me:pass@h\" }",
        "sweep.conf:2: 'tracking.mlflow' has a user or password in it, which would be stored"
            + " with the sweep; remove it");
    refuses(
        "tracking { mlflow = \"http://h\", experiment = \"" + "x".repeat(10_000) + "\" }",
        "sweep.conf:2: 'tracking.experiment' has 10000 characters; allowed are 200");
  }
}
