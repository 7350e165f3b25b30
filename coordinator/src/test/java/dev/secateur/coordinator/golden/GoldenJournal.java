package dev.secateur.coordinator.golden;

import akka.serialization.Serialization;
import akka.serialization.SerializerWithStringManifest;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.protocol.SweepEvent;
import java.io.IOException;
import java.io.NotSerializableException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A whole journal as some version wrote it, row by row: the serializer's id, the manifest and the
 * payload in Base64, between tabs. Beside {@code N.tsv} stands {@code N.state}, what it replays to.
 *
 * @param name of its file, without the ending; the highest is the newest format
 */
public record GoldenJournal(int name, List<Row> rows) {
  private static final String FOLDER = "/journal/whole";

  /** A row of the journal's table. */
  public record Row(int serializer, String manifest, byte[] payload) {
    static Row of(SweepEvent event, Serialization serialization) {
      SerializerWithStringManifest serializer =
          (SerializerWithStringManifest) serialization.findSerializerFor(event);
      return new Row(
          serializer.identifier(), serializer.manifest(event), serializer.toBinary(event));
    }

    private static Row of(String line) {
      String[] cells = line.split("\t");
      return new Row(Integer.parseInt(cells[0]), cells[1], Base64.getDecoder().decode(cells[2]));
    }

    String line() {
      return serializer + "\t" + manifest + "\t" + Base64.getEncoder().encodeToString(payload);
    }

    SweepEvent event(Serialization serialization) throws NotSerializableException {
      return (SweepEvent)
          ((SerializerWithStringManifest) serialization.serializerByIdentity().apply(serializer))
              .fromBinary(payload, manifest);
    }
  }

  /** All that are kept, the oldest first. */
  static List<GoldenJournal> all() throws IOException {
    List<GoldenJournal> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder())) {
      for (Path file : files.filter(path -> path.toString().endsWith(".tsv")).toList()) {
        String name = file.getFileName().toString().replace(".tsv", "");
        all.add(
            new GoldenJournal(
                Integer.parseInt(name), Files.readAllLines(file).stream().map(Row::of).toList()));
      }
    }
    all.sort(Comparator.comparingInt(GoldenJournal::name));
    return all;
  }

  private static Path folder() throws IOException {
    URL folder = GoldenJournal.class.getResource(FOLDER);
    if (folder == null) {
      throw new IOException(FOLDER + " is no test resource");
    }
    try {
      return Path.of(folder.toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /** What it replays to, as {@link StateText} writes it. */
  String state() throws IOException {
    return Files.readString(folder().resolve(name + ".state"));
  }

  List<SweepEvent> events(Serialization serialization) throws NotSerializableException {
    List<SweepEvent> events = new ArrayList<>();
    for (Row row : rows) {
      events.add(row.event(serialization));
    }
    return events;
  }

  static CoordinatorState replay(List<SweepEvent> events) {
    CoordinatorState state = CoordinatorState.empty();
    for (SweepEvent event : events) {
      state = state.apply(event);
    }
    return state;
  }

  @Override
  public String toString() {
    return "journal " + name;
  }
}
