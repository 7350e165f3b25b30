package dev.secateur.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RowFileTest {
  /** As the hub's own converter writes ARC's rows. */
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message schema {
            optional binary question (UTF8);
            optional group choices {
              optional group text (LIST) { repeated group list { optional binary element (UTF8); } }
              optional group label (LIST) { repeated group list { optional binary element (UTF8); } }
            }
            optional binary answerKey (UTF8);
            optional int64 n;
            optional double x;
            optional boolean flag;
          }
          """);

  @TempDir Path folder;

  private Path parquet(CompressionCodecName codec) throws IOException {
    Path file = folder.resolve("rows.parquet");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCompression())
            .withCompressionCodec(codec)
            .withRowGroupSize(4096L)
            .withType(SCHEMA)
            .build()) {
      for (int i = 0; i < 2000; i++) {
        writer.write(row(i));
      }
    }
    return file;
  }

  private static Group row(int i) {
    Group row = new SimpleGroup(SCHEMA);
    row.add("question", "What is " + i + "? ünïcode");
    Group choices = row.addGroup("choices");
    Group texts = choices.addGroup("text");
    Group labels = choices.addGroup("label");
    for (String choice : List.of("A", "B")) {
      texts.addGroup("list").add("element", choice + i);
      labels.addGroup("list").add("element", choice);
    }
    row.add("answerKey", "B");
    row.add("n", (long) i);
    row.add("x", i / 4.0);
    if (i % 2 == 0) {
      row.add("flag", true);
    }
    return row;
  }

  @ParameterizedTest
  @EnumSource(names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"})
  void readsParquetAsTheSameRowsInJson(CompressionCodecName codec) throws IOException {
    List<JsonNode> rows = RowFile.read(parquet(codec), row -> row);
    assertThat(rows).hasSize(2000);
    assertThat(rows.get(1001).toString())
        .isEqualTo(
            "{\"question\":\"What is 1001? ünïcode\",\"choices\":{\"text\":[\"A1001\",\"B1001\"],"
                + "\"label\":[\"A\",\"B\"]},\"answerKey\":\"B\",\"n\":1001,\"x\":250.25,"
                + "\"flag\":null}");
    assertThat(RowFile.texts(folder.resolve("rows.parquet"), "answerKey")).containsOnly("B");
  }

  @Test
  void namesTheRowOfAParquetFile() throws IOException {
    Path file = parquet(CompressionCodecName.SNAPPY);
    assertThatThrownBy(() -> RowFile.texts(file, "text"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("rows.parquet: row 1: 'text' is missing");
    Path cut = folder.resolve("cut.parquet");
    Files.write(cut, java.util.Arrays.copyOf(Files.readAllBytes(file), 5000));
    assertThatThrownBy(() -> RowFile.texts(cut, "text"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("cut.parquet: not a Parquet file");
  }

  @Test
  void readsColumnsOfJsonWhateverItsForm() throws IOException {
    String rows = "{\"text\": \"a\"}\n\n{\"text\": \"b\"}\n";
    Path lines = Files.writeString(folder.resolve("rows.jsonl"), rows);
    Path array =
        Files.writeString(folder.resolve("rows.json"), "[{\"text\": \"a\"}, {\"text\": \"b\"}]");
    Path packed = folder.resolve("rows.json.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(rows.getBytes(StandardCharsets.UTF_8));
    }
    for (Path file : List.of(lines, array, packed)) {
      assertThat(RowFile.texts(file, "text")).containsExactly("a", "b");
    }
    assertThatThrownBy(() -> RowFile.texts(lines, "body"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("rows.jsonl:1: 'body' is missing");
    Path broken = Files.writeString(folder.resolve("broken.jsonl"), rows + "{\"text\": ");
    assertThatThrownBy(() -> RowFile.texts(broken, "text"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("broken.jsonl:4: not valid JSON");
  }

  @Test
  void namesAColumnAfterAHash() throws IOException {
    Path file = Files.writeString(folder.resolve("a.jsonl"), "{\"sentence\": \"a b\"}\n");
    assertThat(TextFile.parse(file + "#sentence").rows()).containsExactly("a b");
    Path plain = Files.writeString(folder.resolve("c#.txt"), "one\n\ntwo\n");
    assertThat(TextFile.parse(plain.toString()).rows()).containsExactly("one\n\ntwo");
    assertThat(TextFile.parse(plain.toString()).sampleRows()).containsExactly("one", "two");
  }
}
