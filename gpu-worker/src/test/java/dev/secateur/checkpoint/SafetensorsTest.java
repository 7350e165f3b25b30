package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path folder;

  private Path file(long claimed, String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer content =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    content.putLong(claimed).put(json);
    Path file = folder.resolve("x.safetensors");
    return Files.write(file, content.array());
  }

  private Path file(String header, int dataBytes) throws IOException {
    return file(header.length(), header, dataBytes);
  }

  @Test
  void readsBackWhatItWrote() throws IOException {
    Path file = folder.resolve("a.safetensors");
    SafetensorsWriter.write(
        file,
        Map.of("format", "pt"),
        List.of(
            SafetensorsWriter.Tensor.of("ids", new long[] {1, -2, 1L << 40}, 3),
            SafetensorsWriter.Tensor.of("scores", new double[] {Math.PI, -0.0}, 1, 2)));
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.metadata()).containsEntry("format", "pt");
      assertThat(read.integers("ids")).containsExactly(1, -2, 1L << 40);
      assertThat(read.reals("scores")).containsExactly(Math.PI, -0.0);
      assertThat(read.tensor("scores").shape()).containsExactly(1, 2);
      assertThat(read.tensor("ids").begin() % 8).isZero();
      assertThatThrownBy(() -> read.tensor("none"))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("tensor 'none' is missing");
    }
    assertThat(folder).isDirectoryContaining("glob:**a.safetensors");
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void refusesAHeaderThatIsTooLargeBeforeItIsParsed() throws IOException {
    Path file = folder.resolve("large.safetensors");
    try (java.io.RandomAccessFile large = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      large.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(90 << 20).array());
      large.setLength(1L << 30);
    }
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(InputException.class)
        .hasMessage(file + ": its header has 94,371,840 bytes, more than the limit of 32 MiB");
  }

  @Test
  void readsEveryElementType() throws IOException {
    String header =
        "{\"h\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[2,4]},"
            + "\"f\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[4,8]},"
            + "\"i\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[8,12]}}";
    Path path = file(header, 12);
    byte[] bytes = Files.readAllBytes(path);
    ByteBuffer data = ByteBuffer.wrap(bytes, bytes.length - 12, 12).order(ByteOrder.LITTLE_ENDIAN);
    data.putShort((short) 0x3c00).putShort((short) 0xc000).putFloat(0.5f).putInt(-7);
    Files.write(path, bytes);
    try (SafetensorsFile read = SafetensorsFile.open(path)) {
      assertThat(read.reals("h")).containsExactly(1);
      assertThat(read.reals("b")).containsExactly(-2);
      assertThat(read.reals("f")).containsExactly(0.5);
      assertThat(read.integers("i")).containsExactly(-7);
    }
  }

  @Test
  void refusesAHeaderThatClaimsTwoToTheSixtyBytes() throws IOException {
    Path path = file(1L << 60, "{}", 0);
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("claims 1152921504606846976 bytes");
    Path negative = file(-1, "{}", 0);
    assertThatThrownBy(() -> SafetensorsFile.open(negative))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("claims 18446744073709551615 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 4 | truncated",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 12 | too long",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | 8 | need 12",
        "{\"a\":{\"dtype\":\"F8\",\"shape\":[8],\"data_offsets\":[0,8]}} | 8 | 'F8' is not",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | 8 | not a size",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | 8 | data_offsets",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}} | 8 | data_offsets is missing",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}} | 8"
            + " | impossibly large",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 | overlaps",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 8 | gap",
        "{\"a\":{},\"a\":{}} | 8 | not valid JSON",
        "[1,2] | 8 | not a JSON object",
        "{\"a\": | 8 | not valid JSON"
      })
  void refusesAHostileHeader(String header, int dataBytes, String complaint) throws IOException {
    Path path = file(header, dataBytes);
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("x.safetensors")
        .hasMessageContaining(complaint);
  }

  @Test
  void refusesAFileThatIsMissingOrEmpty() throws IOException {
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no such file");
    Path empty = Files.createFile(folder.resolve("empty.safetensors"));
    assertThatThrownBy(() -> SafetensorsFile.open(empty))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("0 bytes");
  }

  @Test
  void leavesTheOldFileWhenWritingFails() throws IOException {
    Path file = Files.writeString(folder.resolve("a.safetensors"), "old");
    SafetensorsWriter.Tensor broken =
        new SafetensorsWriter.Tensor(
            "a",
            ElementType.F32,
            new long[] {4},
            (start, count, target) -> {
              throw new IllegalStateException("no more data");
            });
    assertThatThrownBy(() -> SafetensorsWriter.write(file, Map.of(), List.of(broken)))
        .hasMessage("no more data");
    assertThat(file).hasContent("old");
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }
}
