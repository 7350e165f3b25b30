package dev.secateur.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.checkpoint.FileLocks;
import dev.secateur.hub.HubSettings.Access;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubTest {
  private static final byte[] WEIGHTS = new byte[300_000];

  static {
    new Random(1).nextBytes(WEIGHTS);
  }

  @TempDir Path cache;
  private StubHub stub;
  private final List<Long> received = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    stub = new StubHub();
    stub.add("config.json", "{\"model_type\": \"llama\"}".getBytes(StandardCharsets.UTF_8), false);
    stub.add("model.safetensors", WEIGHTS, true);
    stub.add("pytorch_model.bin", WEIGHTS, true);
    stub.add("data/train.jsonl", "{\"text\": \"a\"}\n".getBytes(StandardCharsets.UTF_8), false);
  }

  @AfterEach
  void stop() {
    stub.close();
  }

  private Hub hub(Access access, boolean offline) {
    return new Hub(
        new HubSettings(stub.endpoint(), access, cache, offline),
        (file, done, all) -> received.add(done),
        Duration.ofMillis(1));
  }

  private Hub hub() {
    return hub(new Access.Anonymous(), false);
  }

  private static HubReference name(String reference) {
    return HubReference.parse(reference);
  }

  @Test
  void downloadsAModelIntoTheCacheThatOtherToolsShare() throws IOException {
    Path folder = hub().model(name("hf:owner/name"));
    Path repository = cache.resolve("models--owner--name");
    assertThat(folder).isEqualTo(repository.resolve("snapshots").resolve(StubHub.COMMIT));
    assertThat(folder.resolve("model.safetensors")).isSymbolicLink().hasBinaryContent(WEIGHTS);
    assertThat(Files.readSymbolicLink(folder.resolve("model.safetensors")))
        .isEqualTo(Path.of("../../blobs").resolve(StubHub.hash("SHA-256", WEIGHTS)));
    assertThat(repository.resolve("refs/main")).hasContent(StubHub.COMMIT);
    assertThat(folder.resolve("pytorch_model.bin")).doesNotExist();
    assertThat(folder.resolve("data")).doesNotExist();
    assertThat(received).last().isIn(23L, (long) WEIGHTS.length);
    try (var blobs = Files.list(repository.resolve("blobs"))) {
      assertThat(blobs).hasSize(2);
    }
  }

  @Test
  void downloadsNothingTwice() throws IOException {
    hub().model(name("hf:owner/name"));
    stub.requests.clear();
    Path again = hub().model(name("hf:owner/name"));
    assertThat(stub.requests).hasSize(1).first().asString().contains("/api/models/owner/name");
    stub.close();
    assertThat(hub(new Access.Anonymous(), true).model(name("hf:owner/name"))).isEqualTo(again);
  }

  @Test
  void twoProcessesThatWantTheSameModelDownloadItOnce() throws Exception {
    stub.holdUntilAskedFor(2);
    Process one = DownloadingProcess.start(stub.endpoint(), cache);
    Process two = DownloadingProcess.start(stub.endpoint(), cache);
    assertThat(one.waitFor()).isZero();
    assertThat(two.waitFor()).isZero();
    assertThat(stub.requests).filteredOn(request -> request.startsWith("GET /cdn/")).hasSize(1);
    assertThat(hub().model(name("hf:owner/name")).resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
  }

  @Test
  void goesOnWhereAConnectionWasCut() throws IOException {
    stub.cuts = 3; // each after half of what is left
    Path folder = hub().model(name("hf:owner/name@" + StubHub.COMMIT));
    assertThat(folder.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(stub.requests).anyMatch(request -> request.endsWith(" bytes=150000-"));
  }

  @Test
  void goesOnWhereAnEarlierProcessWasKilled() throws IOException {
    Path blobs = Files.createDirectories(cache.resolve("models--owner--name/blobs"));
    byte[] some = java.util.Arrays.copyOf(WEIGHTS, 1000);
    Files.write(blobs.resolve(StubHub.hash("SHA-256", WEIGHTS) + ".incomplete"), some);
    Path folder = hub().model(name("hf:owner/name"));
    assertThat(folder.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(stub.requests).anyMatch(request -> request.endsWith(" bytes=1000-"));
  }

  @Test
  void beginsAnewWhereTheServerSendsNoRanges() throws IOException {
    stub.cuts = 1;
    stub.ranges = false;
    Path folder = hub().model(name("hf:owner/name"));
    assertThat(folder.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void givesUpAfterSomeAttemptsAndKeepsWhatThereIs() {
    stub.cuts = 1000;
    assertThatThrownBy(() -> hub().model(name("hf:owner/name")))
        .hasMessageContaining("hf:owner/name can't be downloaded")
        .hasMessageContaining("failed 5 times");
    Path repository = cache.resolve("models--owner--name");
    assertThat(repository.resolve("snapshots/" + StubHub.COMMIT + "/model.safetensors"))
        .doesNotExist();
    assertThat(repository.resolve("blobs/" + StubHub.hash("SHA-256", WEIGHTS) + ".incomplete"))
        .isNotEmptyFile();
  }

  @Test
  void neverKeepsWhatHasAnotherHash() {
    stub.corrupt = true;
    assertThatThrownBy(() -> hub().model(name("hf:owner/name")))
        .hasMessageContaining("has hash")
        .hasMessageContaining("it was removed");
    assertThat(cache.resolve("models--owner--name/blobs")).isEmptyDirectory();
  }

  @Test
  void sendsTheTokenToTheHubAndToNobodyElse() throws IOException {
    stub.token = "secret";
    Path folder = hub(new Access.Token("secret"), false).model(name("hf:owner/name"));
    assertThat(folder.resolve("model.safetensors")).exists();
    assertThat(stub.tokensElsewhere).isEmpty();
    assertThat(
            new HubSettings(stub.endpoint(), new Access.Token("secret"), cache, false).toString())
        .doesNotContain("secret");
  }

  @Test
  void saysThatARepositoryIsGated() {
    stub.token = "secret";
    assertThatThrownBy(() -> hub().model(name("hf:owner/name")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("gated; accept its terms on its page, and set HF_TOKEN");
  }

  @ParameterizedTest
  @CsvSource({
    "hf:owner/other, no such repository",
    "hf:owner/name@v9, no such revision",
  })
  void saysWhatIsMissing(String reference, String complaint) {
    assertThatThrownBy(() -> hub().model(name(reference)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(reference)
        .hasMessageContaining(complaint);
  }

  @Test
  void findsAFileOfADataSetAtARevisionWithSlashes() throws IOException {
    HubReference reference = name("hf:owner/name@refs/convert/parquet/data/train.jsonl");
    Path file = hub().file(reference);
    assertThat(file).hasContent("{\"text\": \"a\"}");
    assertThat(file.toString()).contains("datasets--owner--name");
    assertThat(hub().pinned(reference, file))
        .hasToString("hf:owner/name@" + StubHub.COMMIT + "/data/train.jsonl");
    stub.close();
    assertThat(hub().file(hub().pinned(reference, file))).isEqualTo(file);
    assertThatThrownBy(() -> hub().file(name("hf:owner/name")))
        .hasMessageContaining("names no file");
  }

  @Test
  void saysThatAFileIsMissing() {
    assertThatThrownBy(() -> hub().file(name("hf:owner/name/data/test.jsonl")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no such file");
  }

  @Test
  void followsARepositoryThatMoved() throws IOException {
    assertThat(hub().model(name("hf:owner/moved")).resolve("config.json")).exists();
  }

  @Test
  void refusesNamesThatLeadOutOfTheCache() {
    stub.add("../../../evil.json", "{}".getBytes(StandardCharsets.UTF_8), false);
    assertThatThrownBy(() -> hub().dataSet(name("hf:owner/name"), file -> file.endsWith(".json")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("outside its folder");
  }

  @Test
  void downloadsNothingOffline() {
    assertThatThrownBy(() -> hub(new Access.Anonymous(), true).model(name("hf:owner/name")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("HF_HUB_OFFLINE forbids");
    assertThat(stub.requests).isEmpty();
  }

  @Test
  void severalThreadsGetOneFile() {
    List<CompletableFuture<Path>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(CompletableFuture.supplyAsync(() -> hub().model(name("hf:owner/name"))));
    }
    all.forEach(path -> assertThat(path.join().resolve("model.safetensors")).exists());
  }

  @Test
  void honoursTheVariablesOfOtherTools() throws IOException {
    Path home = cache.resolve("home");
    Files.createDirectories(home);
    Files.writeString(home.resolve("token"), "stored\n");
    HubSettings settings = HubSettings.of(Map.of("HF_HOME", home.toString()));
    assertThat(settings.cache()).isEqualTo(home.resolve("hub"));
    assertThat(settings.access()).isEqualTo(new Access.Token("stored"));
    assertThat(settings.endpoint()).hasToString("https://huggingface.co");
    assertThat(settings.offline()).isFalse();
    HubSettings others =
        HubSettings.of(
            Map.of(
                "HF_HOME", home.toString(),
                "HF_HUB_CACHE", "/elsewhere",
                "HF_TOKEN", "given",
                "HF_ENDPOINT", "https://mirror.example/hf/",
                "HF_HUB_OFFLINE", "1"));
    assertThat(others.cache()).isEqualTo(Path.of("/elsewhere"));
    assertThat(others.access()).isEqualTo(new Access.Token("given"));
    assertThat(others.endpoint()).hasToString("https://mirror.example/hf");
    assertThat(others.offline()).isTrue();
    assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "nowhere")))
        .isInstanceOf(InputException.class);
  }

  @ParameterizedTest
  @CsvSource({"hf:name", "hf:owner/name@", "hf:owner/../x", "hf:", "hf:owner/na me"})
  void refusesWhatIsNoName(String text) {
    assertThatThrownBy(() -> name(text)).isInstanceOf(InputException.class);
  }

  @Test
  void whoWaitsForAnotherIsNeverToldThatAllIsThere() throws IOException {
    String hash = StubHub.hash("SHA-256", WEIGHTS);
    Path blobs = Files.createDirectories(cache.resolve("models--owner--name/blobs"));
    Files.write(blobs.resolve(hash + ".incomplete"), WEIGHTS);
    Path locks = Files.createDirectories(cache.resolve(".locks/models--owner--name"));
    Hub waiting =
        new Hub(
            new HubSettings(stub.endpoint(), new Access.Anonymous(), cache, false),
            (file, done, all) -> {
              if (file.equals("owner/name/model.safetensors")) {
                throw new CancellationException(done + " of " + all);
              }
            },
            Duration.ofMillis(1));
    try (FileLocks other = FileLocks.tryTake(locks.resolve(hash + ".lock")).orElseThrow()) {
      assertThat(other).isNotNull();
      assertThatThrownBy(() -> waiting.model(name("hf:owner/name")))
          .isInstanceOf(CancellationException.class)
          .hasMessage("299999 of 300000");
    }
  }

  @Test
  void canBeGivenUpBetweenAttempts() {
    stub.cuts = 1000;
    Hub.ProgressListener impatient =
        new Hub.ProgressListener() {
          @Override
          public void received(String file, long done, long all) {}

          @Override
          public void waiting(String what) {
            throw new CancellationException(what);
          }
        };
    Hub hub =
        new Hub(
            new HubSettings(stub.endpoint(), new Access.Anonymous(), cache, false),
            impatient,
            Duration.ofMillis(1));
    assertThatThrownBy(() -> hub.model(name("hf:owner/name")))
        .isInstanceOf(CancellationException.class)
        .hasMessage("model.safetensors");
  }
}
