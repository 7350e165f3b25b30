package dev.secateur.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.secateur.protocol.DiscoverySpec;
import dev.secateur.protocol.DiskNeed;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.Export;
import dev.secateur.protocol.ExportSpec;
import dev.secateur.protocol.GgufWeights;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.Subject;
import dev.secateur.worker.NoRoomException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class StageRoomTest {
  private static final ModelRef MODEL = new ModelRef("m", "/m", "hash", 2);

  @TempDir private Path folder;

  private static Stage stage(StageSpec spec) {
    return Stage.of(new StageKey("k"), spec, new MemoryNeed.Unknown());
  }

  private static ExportSpec export(Export.Files files) {
    return new ExportSpec(MODEL, new Subject.Pruned(new StageKey("r")), files);
  }

  private Path checkpoint() throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    Files.write(model.resolve("model.safetensors"), new byte[5000]);
    Files.write(model.resolve("config.json"), new byte[50]);
    return model;
  }

  @Test
  void givesAStageBackThatADiskHasNoRoomForAndTellsTheModelsSize() throws IOException {
    Path model = checkpoint();
    long all = Files.getFileStore(folder).getTotalSpace();
    StageRoom room = new StageRoom(List.of(folder), all);
    Stage export = stage(export(new Export.Checkpoint()));
    assertThatThrownBy(() -> room.check(export, spec -> model))
        .isInstanceOf(NoRoomException.class)
        .hasMessageStartingWith("export may write 8 MiB, but " + folder + " has ");
    DiskRoom told = room.now().orElseThrow();
    assertThat(told.models()).containsExactly(Map.entry("hash", 5050L));
    assertThat(told.reserve()).isEqualTo(all);
    assertThat(room.full()).isPresent();
  }

  @Test
  void aGgufFileBesideACheckpointNeedsRoomToo() {
    OptionalLong model = OptionalLong.of(1000);
    long alone = DiskNeed.of(export(new Export.Checkpoint()), model);
    assertThat(with(GgufWeights.Q8_0, model)).isEqualTo(alone + 1000);
    assertThat(with(GgufWeights.F32, model)).isEqualTo(alone + 2000); // of a base in two bytes
  }

  private static long with(GgufWeights gguf, OptionalLong model) {
    return DiskNeed.of(export(new Export.CheckpointAndGguf(gguf)), model);
  }

  @Test
  void aDiskWithRoomTakesIt() throws IOException {
    Path model = checkpoint();
    StageRoom room = new StageRoom(List.of(folder, folder.resolve("later/made")), 0);
    Stage export = stage(export(new Export.Checkpoint()));
    assertThatCode(() -> room.check(export, spec -> model)).doesNotThrowAnyException();
    assertThat(room.full()).isEmpty();
  }

  @Test
  void aCommandOfItsOwnIsNotAsked() {
    assertThat(StageRoom.unlimited().now()).isEmpty();
    assertThat(StageRoom.unlimited().full()).isEmpty();
    StageRoom.unlimited().check(stage(new DiscoverySpec(MODEL)), spec -> folder);
  }

  @Test
  void aDiskThatDoesNotTellIsSaidOnce() {
    Logger logger = (Logger) LoggerFactory.getLogger(StageRoom.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    boolean[] fails = {true};
    try {
      StageRoom room =
          new StageRoom(
              List.of(folder),
              0,
              path -> {
                if (fails[0]) {
                  throw new IOException("stale file handle");
                }
                return 7;
              });
      assertThat(room.now()).isEmpty();
      assertThat(room.now()).isEmpty();
      assertThat(lines.list).hasSize(1);
      fails[0] = false;
      assertThat(room.now()).map(DiskRoom::free).hasValue(7L);
      fails[0] = true;
      assertThat(room.now()).isEmpty();
      assertThat(lines.list).hasSize(2);
    } finally {
      logger.detachAppender(lines);
    }
  }
}
