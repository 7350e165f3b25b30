package dev.secateur.coordinator.report.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the library writes for the values of reports. */
class CsvTest {
  private static String written(Object... values) {
    return new Csv("\r\n").write(List.of(Arrays.asList(values)));
  }

  @Test
  void valuesWithSeparatorsQuotesOrLineEndsStandInQuotes() {
    assertThat(written("a,b", "say \"x\"", "two\nlines", "two\r\nlines", "\r"))
        .isEqualTo("\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"two\r\nlines\",\"\r\"\r\n");
  }

  @Test
  void otherValuesStandAsTheyAre() {
    String text = "a text of more than twenty-four characters";
    assertThat(written("a b", " a ", "(x)", "#1", "+5%", "\u00e4 \u00b1", "a'b;c", "\\n", "", text))
        .isEqualTo("a b, a ,(x),#1,+5%,\u00e4 \u00b1,a'b;c,\\n,," + text + "\r\n");
  }

  @Test
  void numbersAreWrittenAsJavaDoes() {
    assertThat(written(1, 0.1, 1e-7, Double.NaN)).isEqualTo("1,0.1,1.0E-7,NaN\r\n");
  }

  @Test
  void everyRowEndsWithTheLineEnd() {
    List<List<?>> rows = List.of(List.of("a", "b"), List.of(1, ""));
    assertThat(new Csv("\n").write(rows)).isEqualTo("a,b\n1,\n");
    assertThat(new Csv("\n").write(List.of())).isEmpty();
  }
}
