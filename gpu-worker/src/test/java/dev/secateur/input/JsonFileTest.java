package dev.secateur.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFileTest {
  @TempDir private Path folder;

  private void refuses(Path file, String message) {
    assertThatThrownBy(() -> JsonFile.read(file, JsonFile.LARGEST_CONFIG))
        .isInstanceOf(InputException.class)
        .hasMessage(file + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          '';: is empty, not JSON
          ' ';: is empty, not JSON
          '{"a": 1} x';:1: not valid JSON: Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
          '{"a": 1} {}';:1: not valid JSON: there is text after the value
          '{"a": NaN}';:1: not valid JSON: Non-standard token 'NaN'
          '{"a": [1}';:1: not valid JSON: Unexpected close marker '}': expected ']' (for Array starting at line 1)
          """)
  void saysWhatIsWrongWithoutTheParsersOwnNames(String content, String message) throws IOException {
    refuses(Files.writeString(folder.resolve("a.json"), content), message);
  }

  @Test
  void refusesJsonThatNestsTooDeep() throws IOException {
    Path file = folder.resolve("deep.json");
    Files.writeString(file, "[".repeat(JsonFile.DEEPEST) + "]".repeat(JsonFile.DEEPEST));
    assertThat(JsonFile.read(file, 1000)).hasSize(1);
    Files.writeString(file, "[".repeat(JsonFile.DEEPEST + 1));
    refuses(file, ": not valid JSON: it nests deeper than 100 levels");
  }

  @Test
  void refusesAFileThatIsTooLargeBeforeItIsParsed() throws IOException {
    Path file = folder.resolve("large.json");
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(1L << 40);
    }
    refuses(file, ": is larger than the 16 MiB allowed for such a file");
  }

  @Test
  void namesTheLineThatIsNotUtf8() throws IOException {
    Path file = folder.resolve("latin1.json");
    Files.write(file, "{\n\"a\": \"é\"}".getBytes(StandardCharsets.ISO_8859_1));
    refuses(
        file,
        ":2: is not UTF-8 text (byte 0xe9, the line's 7th); convert it, for example with iconv -f"
            + " ISO-8859-1 -t UTF-8");
  }

  @Test
  void namesAFolderAndAMissingFileAsSuch() {
    refuses(folder, ": is a folder, not a file");
    refuses(folder.resolve("none.json"), ": no such file");
  }
}
