package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps that are planned only, extended, or there already. */
class SubmissionRoutesTest {
  private static final String TWO = "name = s, models = [a], ratios = [0.25, 0.5], criteria = [l2]";
  private static final String THREE =
      "name = s, models = [a], ratios = [0.1, 0.25, 0.5], criteria = [l2]";

  @TempDir Path folder;
  private ApiServer api;

  @BeforeEach
  void start() {
    api = new ApiServer(folder, new FakeSources("/models"));
  }

  @AfterEach
  void stop() throws Exception {
    api.close();
  }

  private ApiServer.Answer post(String path, String configuration) throws IOException {
    return api.send("POST", path, Map.of("Content-Type", "application/hocon"), configuration);
  }

  private JsonNode submit(String query, String configuration) throws IOException {
    return Json.MAPPER.readTree(post("/api/v1/sweeps" + query, configuration).body());
  }

  @Test
  void plansWithoutSubmitting() throws IOException {
    JsonNode outline = submit("?dry_run=true", TWO.replace("[l2]", "[l2, block-influence]"));
    assertThat(outline.get("trials").asInt()).isEqualTo(2);
    assertThat(outline.at("/stages/pruning/shared").asInt()).isEqualTo(2);
    assertThat(outline.at("/stages/discovery/needed").asInt()).isEqualTo(2);
    assertThat(outline.at("/stages/discovery/shared").asInt()).isEqualTo(1);
    assertThat(outline.get("left_out").toString()).contains("block-influence");
    assertThat(api.get("/api/v1/sweeps").body().strip()).isEqualTo("[]");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void tellsMistakesByTheNameOfTheFile() throws IOException {
    assertThat(submit("?file=my%2Fsweep.conf&dry_run=true", "models = [a]\nratios = [2]"))
        .hasToString(
            "{\"errors\":[\"my/sweep.conf:2: 'ratios[0]' is 2; a ratio lies between 0 and 1, 1"
                + " excluded\"]}");
    assertThat(submit("?file=%0A", TWO).toString()).contains("the file's name is");
    assertThat(submit("?dry_run=yes", TWO).toString()).contains("dry_run is 'yes'");
    assertThat(submit("?colour=red", TWO).toString()).contains("unknown parameter 'colour'");
  }

  @Test
  void saysWhatASweepThatIsThereIsCalled() throws IOException {
    JsonNode first = submit("?priority=5", TWO);
    assertThat(first.has("priority")).isFalse();
    JsonNode again = submit("?name=other&priority=7", TWO);
    assertThat(again.get("sweep")).isEqualTo(first.get("sweep"));
    assertThat(again.get("name").asText()).isEqualTo("s");
    assertThat(again.get("priority").asInt()).isEqualTo(5);
    String sweep = "/api/v1/sweeps/" + first.get("sweep").asText();
    assertThat(post(sweep + "/priority?value=7", "").body()).contains("priority 7");
    assertThat(submit("", TWO).get("priority").asInt()).isEqualTo(7);
    assertThat(post(sweep + "/priority?value=0", "").status()).isEqualTo(400);
    assertThat(post("/api/v1/sweeps/none/priority?value=7", "").status()).isEqualTo(404);
  }

  @Test
  void extendsASweep() throws IOException {
    JsonNode first = submit("", TWO);
    String sweep = "/api/v1/sweeps/" + first.get("sweep").asText();
    ApiServer.Answer extended = post(sweep + "/extend", THREE);
    assertThat(extended.status()).isEqualTo(200);
    assertThat(Json.MAPPER.readTree(extended.body()).get("sweep")).isEqualTo(first.get("sweep"));
    assertThat(Json.MAPPER.readTree(api.get(sweep).body()).get("trials").asInt()).isEqualTo(3);
    assertThat(folder.resolve(first.get("sweep").asText() + "/sweep.conf")).hasContent(THREE);
    ApiServer.Answer smaller = post(sweep + "/extend?file=small.conf", TWO);
    assertThat(smaller.status()).isEqualTo(400);
    assertThat(smaller.body())
        .contains("small.conf: the configuration lacks 1 of the sweep's 3 trials");
    assertThat(Json.MAPPER.readTree(api.get(sweep).body()).get("trials").asInt()).isEqualTo(3);
    ApiServer.Answer none = post("/api/v1/sweeps/none/extend", THREE);
    assertThat(none.status()).isEqualTo(404);
    assertThat(none.body()).contains("no sweep none");
    assertThat(post(sweep + "/extend", "models = [a").status()).isEqualTo(400);
  }

  @Test
  void extendsASweepThatHasEnded() throws Exception {
    String id = submit("", TWO).get("sweep").asText();
    String sweep = "/api/v1/sweeps/" + id;
    post(sweep + "/cancel", "");
    assertThat(post(sweep + "/extend", THREE).status()).isEqualTo(200);
    JsonNode again = Json.MAPPER.readTree(api.get(sweep).body());
    assertThat(again.get("trials").asInt()).isEqualTo(3);
    assertThat(again.get("status").asText()).isEqualTo("running");
    assertThat(Files.readString(folder.resolve(id + "/sweep.conf"))).isEqualTo(THREE);
  }

  @Test
  void spellsFieldsAsTheResultsDo() throws IOException {
    JsonNode submitted = submit("", TWO);
    assertThat(submitted.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("sweep", "resumed", "run_folder");
    assertThat(Json.MAPPER.readTree(api.get("/api/v1/sweeps").body()).get(0).fieldNames())
        .toIterable()
        .contains("trials_completed", "stages_done", "run_folder")
        .allMatch(field -> field.matches("[a-z_]+"));
  }
}
