package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.CoordinatorProtocol.Verdict.Known;
import dev.secateur.protocol.DeviceName;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.WorkerSummary;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Answers of the API to the letter, with what they may lack and without. */
class WrittenAnswersTest {
  private static final SweepId SWEEP = new SweepId("s-1");
  private static final Capabilities UNKNOWN =
      new Capabilities("cpu", 0, Set.of(), Map.of(), Set.of(), CodeVersion.UNKNOWN);

  private static String written(Object answer) throws Exception {
    return Responses.JSON.writeValueAsString(answer);
  }

  @Test
  void aWorkerThatIsIdleAndWellHasNeitherTaskNorCondition() throws Exception {
    assertThat(
            written(
                new WorkerSummary(
                    "one", UNKNOWN, false, new WorkerSummary.Idle(), new WorkerSummary.Well())))
        .isEqualTo(
            """
            {"name":"one","capabilities":{"device":"cpu","memory":0,"precisions":[],\
            "versions":{},"models":[],"code_version":null,"disk":null,"device_name":null},\
            "draining":false,"task":null,"condition":null}""");
  }

  @Test
  void aWorkerTellsItsTaskItsConditionAndItsDevice() throws Exception {
    assertThat(
            written(
                new WorkerSummary(
                    "one",
                    new Capabilities("cpu", 0, Set.of(), Map.of(), Set.of(), new CodeVersion(7))
                        .with(new DiskRoom("/w", 3, 2, Map.of()))
                        .named(new DeviceName("AMD EPYC")),
                    true,
                    new WorkerSummary.Work(
                        SWEEP, new StageKey("k"), StageKind.PRUNING, new Progress(1, 2, "")),
                    new WorkerSummary.Problem(WorkerSummary.State.LOW_DISK, "why"))))
        .isEqualTo(
            """
            {"name":"one","capabilities":{"device":"cpu","memory":0,"precisions":[],\
            "versions":{},"models":[],"code_version":7,\
            "disk":{"path":"/w","free":3,"reserve":2,"models":{}},"device_name":"AMD EPYC"},\
            "draining":true,"task":{"sweep":"s-1","stage":"k","kind":"pruning",\
            "progress":{"done":1,"total":2,"note":""}},\
            "condition":{"state":"low-disk","reason":"why"}}""");
  }

  @Test
  void aSweepThatWasThereIsAnsweredWithItsNameAndPriority() throws Exception {
    assertThat(written(Responses.Accepted.of(Submitted.created(SWEEP, "/runs/s-1"))))
        .isEqualTo("{\"sweep\":\"s-1\",\"resumed\":false,\"run_folder\":\"/runs/s-1\"}");
    assertThat(
            written(
                Responses.Accepted.of(new Submitted(SWEEP, "/runs/s-1", new Known("grid", 10)))))
        .isEqualTo(
            "{\"sweep\":\"s-1\",\"resumed\":true,\"run_folder\":\"/runs/s-1\","
                + "\"name\":\"grid\",\"priority\":10}");
  }
}
