package dev.secateur.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts that are small on disk and large in memory, and texts that are none. */
class RowLimitsTest {
  private static final int TOO_MANY = (64 << 20) + (1 << 16);
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType("message m { required binary text (UTF8); }");

  @TempDir private Path folder;

  private static void refuses(Path file, String message) {
    assertThatThrownBy(() -> TextFile.parse(file.toString()).rows())
        .isInstanceOf(InputException.class)
        .hasMessage(file + message);
  }

  private Path packed(String name, String content) throws IOException {
    return Files.write(folder.resolve(name), packed(content));
  }

  /** Packed files one after the other are one packed file. */
  private Path packed(String name, String first, String repeated, int times) throws IOException {
    Path file = packed(name, first);
    byte[] part = packed(repeated);
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.APPEND)) {
      for (int i = 0; i < times; i++) {
        out.write(part);
      }
    }
    return file;
  }

  private static byte[] packed(String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void refusesASmallFileThatHoldsALargeRow() throws IOException {
    for (String name : List.of("a.jsonl.gz", "a.json.gz", "a.txt.gz")) {
      refuses(
          packed(name, "{\"text\": \"", "a".repeat(1 << 20), 64),
          ": holds more than 64 MiB, too much for a file of its size");
    }
  }

  @Test
  void refusesASmallFileThatHoldsManyRows() throws IOException {
    String rows = ("{\"text\": \"" + "a".repeat(4084) + "\"}\n").repeat(256);
    refuses(
        packed("many.jsonl.gz", "\n", rows, 64),
        ": holds more than 64 MiB, too much for a file of its size");
  }

  @Test
  void refusesALargeRowOfALargeFile() throws IOException {
    for (String name : List.of("a.jsonl", "a.json")) {
      Path file = Files.writeString(folder.resolve(name), "{\"text\": \"a\"}\n\"");
      byte[] blanks = new byte[TOO_MANY];
      Arrays.fill(blanks, (byte) ' ');
      Files.write(file, blanks, StandardOpenOption.APPEND);
      assertThatThrownBy(() -> RowFile.texts(file, "text"))
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith(file + ":")
          .hasMessageEndingWith(": the row is larger than the 64 MiB allowed for a row");
    }
  }

  @Test
  void refusesAPlainTextThatIsTooLarge() throws IOException {
    Path file = folder.resolve("large.txt");
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(1L << 40);
    }
    refuses(file, ": is larger than the 256 MiB allowed for such a file");
  }

  @Test
  void refusesParquetWhoseCellsRepeatALargeText() throws IOException {
    Path file = folder.resolve("a.parquet");
    parquet(file, Binary.fromString("a".repeat(100_000)), 700);
    assertThat(Files.size(file)).isLessThan(1 << 20);
    assertThatThrownBy(() -> RowFile.texts(file, "text"))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": row ")
        .hasMessageEndingWith(": the file holds more than 64 MiB, too much for a file of its size");
  }

  @Test
  void refusesParquetTextThatIsNotUtf8() throws IOException {
    Path file = folder.resolve("b.parquet");
    parquet(file, Binary.fromConstantByteArray(new byte[] {'c', (byte) 0xe9}), 2);
    assertThatThrownBy(() -> RowFile.texts(file, "text"))
        .hasMessage(file + ": row 1: 'text' is not UTF-8 text");
  }

  private static void parquet(Path file, Binary text, int rows) throws IOException {
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCompression())
            .withType(SCHEMA)
            .build()) {
      for (int i = 0; i < rows; i++) {
        Group row = new SimpleGroup(SCHEMA);
        row.add("text", text);
        writer.write(row);
      }
    }
  }

  @Test
  void namesTheLineOfATextThatIsNotUtf8() throws IOException {
    byte[] text = "one\n{\"text\": \"café\"}\n".getBytes(StandardCharsets.ISO_8859_1);
    Path plain = Files.write(folder.resolve("latin1.txt"), text);
    refuses(
        plain,
        ":2: is not UTF-8 text (byte 0xe9, the line's 14th); convert it, for example with iconv -f"
            + " ISO-8859-1 -t UTF-8");
    Path rows =
        Files.write(folder.resolve("latin1.jsonl"), Arrays.copyOfRange(text, 4, text.length));
    assertThatThrownBy(() -> RowFile.texts(rows, "text"))
        .hasMessageStartingWith(rows + ":1: is not UTF-8 text (byte 0xe9");
  }

  @Test
  void readsAPlainTextThatIsCompressed() throws IOException {
    Path file = packed("a.txt.gz", "one\n\n", "two\n", 1);
    assertThat(TextFile.parse(file.toString()).rows()).containsExactly("one\n\ntwo");
    assertThat(TextFile.parse(file.toString()).sampleRows()).containsExactly("one", "two");
    Path cut = folder.resolve("cut.txt.gz");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(file), 20));
    refuses(cut, ": can't be read: it is truncated");
    Path plain = Files.writeString(folder.resolve("plain.txt.gz"), "no gzip at all");
    refuses(plain, ": can't be read: it is not gzip, or damaged (Not in GZIP format)");
  }

  @Test
  void namesWhatARowOfAnotherKindHas() throws IOException {
    Path chat = Files.writeString(folder.resolve("chat.jsonl"), "{\"messages\": [], \"id\": 1}\n");
    assertThatThrownBy(() -> InstructionFile.read(chat))
        .hasMessage(
            chat + ":1: 'instruction' is missing, or not a string; the row has messages, id");
    Path number = Files.writeString(folder.resolve("n.jsonl"), "5\n");
    assertThatThrownBy(() -> RowFile.texts(number, "text"))
        .hasMessage(
            number + ":1: 'text' is missing, or not a string; the row is not a JSON object");
    Path input =
        Files.writeString(
            folder.resolve("i.jsonl"), "{\"instruction\":\"a\",\"input\":{},\"output\":\"b\"}");
    assertThatThrownBy(() -> InstructionFile.read(input))
        .hasMessageStartingWith(input + ":1: 'input' is missing, or not a string");
    Path two = Files.writeString(folder.resolve("two.jsonl"), "{\"text\":\"a\"} {\"text\":\"b\"}");
    assertThatThrownBy(() -> RowFile.texts(two, "text"))
        .hasMessage(two + ":1: not valid JSON: there is text after the value");
    Path marked = Files.writeString(folder.resolve("m.jsonl"), "\uFEFF{\"text\":\"a\"}\n");
    assertThat(RowFile.texts(marked, "text")).containsExactly("a");
  }
}
