package dev.secateur.coordinator.report.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StrokesTest {
  @Test
  void modelsOfOneSettingShareColourAndMark() {
    Strokes strokes =
        Strokes.of(List.of("l2", "random", "l2, recovered", "random, recovered, validation"));
    assertThat(strokes.of("l2").classes()).isEqualTo("c0 d0");
    assertThat(strokes.of("l2, recovered").classes()).isEqualTo("c0 d1");
    assertThat(strokes.of("random, recovered, validation").classes()).isEqualTo("c1 d2");
    assertThat(strokes.of("l2").mark()).isEqualTo(strokes.of("l2, recovered").mark());
    assertThat(strokes.of("random").mark()).isNotEqualTo(strokes.of("l2").mark());
    assertThat(strokes.legend()).hasSize(4);
  }

  @Test
  void ofManyLinesSettingsAndModelsAreToldApart() {
    Strokes strokes =
        Strokes.of(
            List.of("l1", "l2", "random", "l1, recovered", "l2, recovered", "random, recovered"));
    assertThat(strokes.legend())
        .extracting(Strokes.Entry::name, entry -> entry.stroke().classes())
        .containsExactly(
            tuple("l1", "c0 d0"),
            tuple("l2", "c1 d0"),
            tuple("random", "c2 d0"),
            tuple("pruned", "ink d0"),
            tuple("recovered", "ink d1"));
    assertThat(strokes.of("l1, recovered").hollow()).isTrue();
    assertThat(strokes.of("l1").hollow()).isFalse();
  }

  @Test
  void moreThanCanBeToldApartAreToldByTheirModels() {
    List<String> names =
        IntStream.range(0, 60)
            .mapToObj(i -> "s" + i / 2 + (i % 2 == 0 ? "" : ", recovered"))
            .toList();
    Strokes strokes = Strokes.of(names);
    assertThat(strokes.crowded()).isTrue();
    assertThat(strokes.legend())
        .extracting(Strokes.Entry::name)
        .containsExactly("pruned", "recovered");
  }
}
