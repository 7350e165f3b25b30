package dev.secateur.coordinator.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.report.markup.Html;
import dev.secateur.coordinator.report.markup.Pages;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.plot.Series;
import dev.secateur.coordinator.report.plot.Series.Spot;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class PlotViewTest {
  private static final String PATHS = "//*[local-name()='path']";

  private static Spot spot(double x, double y, double deviation) {
    return new Spot("", x, y, deviation, 1);
  }

  private static String drawn(Series... lines) {
    Html html = new Html();
    html.open("div");
    PlotView.write(html, new Plot("t", "x", "y", false, Arrays.asList(lines), List.of()));
    return html.close().done();
  }

  private static Series curve(String name, int points) {
    return new Series(
        name, IntStream.range(0, points).mapToObj(i -> spot(i, 1.0 / (i + 1), 0)).toList());
  }

  @Test
  void pointsStandWhereTheScalesSay() throws Exception {
    Document page = Pages.parse(drawn(new Series("a", List.of(spot(0, 0, 0), spot(10, 1, 0)))));
    // from 66 to 544 and from 300 up to 12, with margins of 4 % of the values on both sides
    assertThat(Pages.find(page, "//figure/*" + PATHS + "[@class='line']/@d"))
        .first()
        .isEqualTo("M83.7 289.3L526.3 22.7");
    assertThat(Pages.find(page, "//*[local-name()='title']"))
        .containsExactly("a: 0.00000, 0.00000", "a: 10.0000, 1.00000");
  }

  @Test
  void deviationsAreBarsAndDecadesLogarithmic() throws Exception {
    Document page = Pages.parse(drawn(new Series("a", List.of(spot(1, 2, 1), spot(2, 300, 0)))));
    assertThat(Pages.find(page, "//*[local-name()='line'][@class='bar']")).hasSize(1);
    assertThat(Pages.find(page, "//figcaption"))
        .containsExactly("the vertical axis is logarithmic");
    assertThat(Pages.find(page, "//*[local-name()='text']")).contains("1", "10", "100");
  }

  @Test
  void whatIsTooLargeIsLeftOutAndSaid() throws Exception {
    String huge =
        drawn(
            new Series("a", List.of(spot(1, 1e304, 0), spot(2, 5, Double.POSITIVE_INFINITY))),
            new Series("b", List.of(spot(1, Double.NaN, 0))));
    Document page = Pages.parse(huge);
    assertThat(Pages.find(page, "//*[local-name()='title']"))
        .containsExactly("a: 2.00000, 5.00000");
    assertThat(Pages.find(page, "//figcaption").get(0)).contains("exceed 1e150 are omitted");
    assertThat(drawn(new Series("b", List.of(spot(1, Double.NaN, 0))))).isEqualTo("<div></div>");
  }

  @Test
  void ofManyPointsSomeAreDrawnWithTheLast() throws Exception {
    String page = drawn(curve("a", 20_000));
    assertThat(page.length()).isLessThan(100_000);
    assertThat(page)
        .contains("only every 4th point of each line is drawn")
        .doesNotContain("<title>");
    String path = Pages.find(Pages.parse(page), "//figure/*" + PATHS + "[@class='line']/@d").get(0);
    assertThat(path.split("L")).hasSize(5_001);
  }

  @Test
  void moreLinesThanCanBeToldApartAreTheirPoints() throws Exception {
    Series[] many = IntStream.range(0, 30).mapToObj(i -> curve("s" + i, 3)).toArray(Series[]::new);
    Document page = Pages.parse(drawn(many));
    assertThat(Pages.find(page, PATHS + "[@class='line']")).isEmpty();
    assertThat(Pages.find(page, "//ul/li")).containsExactly("pruned");
    assertThat(Pages.find(page, "//figcaption").get(0)).contains("only points are drawn");
  }
}
