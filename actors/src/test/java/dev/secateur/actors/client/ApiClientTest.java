package dev.secateur.actors.client;

import static dev.secateur.actors.client.FakeNode.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of several addresses, some of which give no answer. */
@Timeout(60)
class ApiClientTest {
  private static final Times SHORT =
      new Times(
          Duration.ofSeconds(10),
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofMillis(10),
          Duration.ofSeconds(20));

  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);

  @AfterEach
  void stop() throws Exception {
    end.countDown();
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private FakeNode node(FakeNode.Handler handler) throws IOException {
    return node(200, handler);
  }

  private FakeNode node(int ready, FakeNode.Handler handler) throws IOException {
    FakeNode node = new FakeNode(ready, handler);
    open.add(node);
    return node;
  }

  private FakeNode answering() throws IOException {
    return node((exchange, request, count) -> answer(exchange, 200, "{\"count\":" + count + "}"));
  }

  /** Takes connections and says nothing, as a process that was stopped does. */
  private String frozen() throws IOException {
    ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(socket);
    return "http://127.0.0.1:" + socket.getLocalPort();
  }

  private ApiClient client(String... addresses) {
    return client(SHORT, addresses);
  }

  private ApiClient client(Times times, String... addresses) {
    return ApiClient.of(
        Addresses.of("--url", String.join(",", addresses)),
        Optional.empty(),
        Optional.empty(),
        said::add,
        times);
  }

  private static Times impatient() {
    return new Times(
        SHORT.connect(),
        SHORT.answer(),
        SHORT.work(),
        SHORT.silence(),
        SHORT.pause(),
        Duration.ofMillis(100));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void lost(HttpExchange exchange, String request, int count) {
    throw new IllegalStateException("the connection breaks");
  }

  @Test
  void goesOnWithTheAddressThatAnswered() throws Exception {
    FakeNode third = answering();
    ApiClient client = client(FakeNode.dead(), frozen(), third.url());
    assertThat(client.get("/api/v1/sweeps").get("count").asInt()).isEqualTo(1);
    long start = System.nanoTime();
    assertThat(client.get("/api/v1/sweeps").get("count").asInt()).isEqualTo(2);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SHORT.answer());
    assertThat(said).as("one that answers is no outage").isEmpty();
  }

  @Test
  void asksAgainWhereThereIsNoCoordinatorAtTheMoment() throws Exception {
    FakeNode node =
        node(
            (exchange, request, count) ->
                answer(exchange, count < 4 ? 503 : 200, "{\"errors\":[\"not here\"]}"));
    client(node.url()).get("/api/v1/sweeps");
    assertThat(node.asked()).hasSize(4);
    assertThat(said)
        .containsExactly(
            "no coordinator answers at " + node.url() + " (503: not here); retrying for 20 s");
  }

  @Test
  void asksTheNextWhereThereIsNoCoordinatorAtTheMoment() throws Exception {
    FakeNode passive = node((exchange, request, count) -> answer(exchange, 503, ""));
    FakeNode active = answering();
    client(passive.url(), active.url()).get("/api/v1/sweeps");
    assertThat(passive.asked()).hasSize(1);
    assertThat(active.asked()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 409, 421, 500})
  void whatIsAnsweredIsNoReasonToAskAnother(int status) throws Exception {
    FakeNode first =
        node((exchange, request, count) -> answer(exchange, status, "{\"errors\":[\"wrong\"]}"));
    FakeNode second = answering();
    assertThatThrownBy(() -> client(first.url(), second.url()).get("/api/v1/sweeps"))
        .isInstanceOf(status < 500 ? InputException.class : IllegalStateException.class)
        .hasMessage("wrong");
    assertThat(second.asked()).isEmpty();
  }

  @Test
  void whereTheOnlyAddressIsDeadThatIsAnErrorAtOnce() throws Exception {
    String dead = FakeNode.dead();
    assertThatThrownBy(() -> client(dead).get("/api/v1/sweeps"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "no coordinator answers at "
                + dead
                + " (connection refused); start one with 'secateur node --role coordinator'");
    assertThat(said).isEmpty();
  }

  @Test
  void whereAllAreDeadItTriesForAWhileAndNamesEach() throws Exception {
    String dead = FakeNode.dead();
    FakeNode passive = node((exchange, request, count) -> answer(exchange, 503, ""));
    String all =
        "no coordinator answers at "
            + dead
            + " (connection refused), "
            + passive.url()
            + " (503: the coordinator answered 503)";
    assertThatThrownBy(() -> client(impatient(), dead, passive.url()).get("/api/v1/sweeps"))
        .isInstanceOf(IOException.class)
        .hasMessage(all);
    assertThat(said).hasSize(1).first().asString().startsWith(all + "; retrying for");
    assertThat(passive.asked()).hasSizeGreaterThan(1);
  }

  @Test
  void waitsForAnAnswerHoweverLongItTakesWhereItIsToldTo() throws Exception {
    FakeNode node =
        node((exchange, request, count) -> answer(exchange, count < 30 ? 503 : 200, "{}"));
    client(impatient(), FakeNode.dead(), node.url()).untilAnswered().get("/api/v1/sweeps");
    assertThat(node.asked()).hasSize(30);
    assertThat(said).hasSize(1).first().asString().endsWith("; retrying until one answers");
  }

  @Test
  void readsAgainWhereABodyBreaksOff() throws Exception {
    FakeNode first =
        node(
            (exchange, request, count) -> {
              exchange.sendResponseHeaders(200, 100);
              exchange.getResponseBody().write('{');
              exchange.getResponseBody().flush();
              lost(exchange, request, count);
            });
    FakeNode second = answering();
    assertThat(client(first.url(), second.url()).get("/api/v1/sweeps").get("count").asInt())
        .isEqualTo(1);
  }

  @Test
  void submitsTheSameAgainWhereTheAnswerIsLost() throws Exception {
    FakeNode first = node(ApiClientTest::lost);
    FakeNode second = answering();
    client(first.url(), second.url())
        .submit("/api/v1/sweeps", Map.of("name", "a"), "models = [demo]", "secateur submit");
    assertThat(first.asked()).containsExactly("POST /api/v1/sweeps?name=a");
    assertThat(second.asked()).isEqualTo(first.asked());
    assertThat(second.keys()).isEqualTo(first.keys()).doesNotContain("null");
  }

  @Test
  void sendsWhatMustNotBeDoneTwiceOnlyOnce() throws Exception {
    FakeNode first = node(ApiClientTest::lost);
    FakeNode second = answering();
    ApiClient client = client(FakeNode.dead(), first.url(), second.url());
    assertThatThrownBy(() -> client.postOnce("/api/v1/sweeps/s/retry", Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(first.url() + ": the connection broke: ")
        .hasMessageContaining("the request may have been received, so it is not retried");
    assertThat(first.asked()).hasSize(1);
    assertThat(second.asked()).isEmpty();
  }

  @Test
  void changesNothingWhereANodeIsNotReady() throws Exception {
    FakeNode passive = node(503, ApiClientTest::lost);
    FakeNode active = answering();
    String dead = FakeNode.dead();
    ApiAnswer answer =
        client(dead, frozen(), passive.url(), active.url())
            .postOnce("/api/v1/sweeps/s/retry", Map.of());
    assertThat(answer.json().get("count").asInt()).isEqualTo(1);
    assertThat(answer.repeated()).isFalse();
    assertThat(passive.asked()).isEmpty();
  }

  @Test
  void saysWhetherARequestWasRepeated() throws Exception {
    FakeNode node =
        node(
            (exchange, request, count) -> {
              if (count == 1) {
                lost(exchange, request, count);
              }
              answer(exchange, 409, "{\"errors\":[\"has ended\"]}");
            });
    ApiAnswer answer = client(node.url()).post("/api/v1/sweeps/s/stop", Map.of());
    assertThat(answer.isConflict()).isTrue();
    assertThat(answer.repeated()).isTrue();
  }

  private List<Long> followed(ApiClient client, int most) throws Exception {
    return followed(client, most, number -> {});
  }

  private List<Long> followed(ApiClient client, int most, LongConsumer told) throws Exception {
    List<Long> numbers = new ArrayList<>();
    client.events(
        Map.of("sweep", "s"),
        0,
        true,
        event -> {
          long number = event.get("sequence").asLong();
          numbers.add(number);
          told.accept(number);
          return numbers.size() == most;
        });
    return numbers;
  }

  private static Map<String, String> query(String request) {
    return Stream.of(request.substring(request.indexOf('?') + 1).split("&"))
        .collect(Collectors.toMap(each -> each.split("=")[0], each -> each.split("=")[1]));
  }

  @Test
  void followsEventsAtAnotherAddressWhereTheStreamIsCutWithinOne() throws Exception {
    CountDownLatch read = new CountDownLatch(1); // what is not read is lost with the connection
    FakeNode first =
        node(
            (exchange, request, count) -> {
              OutputStream out = FakeNode.events(exchange, 3, 5);
              out.write("data:{\"event\":\"e\",\"sequ".getBytes(StandardCharsets.UTF_8));
              out.flush();
              await(read);
              lost(exchange, request, count);
            });
    FakeNode second =
        node(
            (exchange, request, count) -> {
              try (OutputStream out = FakeNode.events(exchange, 5, 6)) {
                out.write(FakeNode.event(7).getBytes(StandardCharsets.UTF_8));
              }
            });
    ApiClient client = client(first.url(), second.url());
    assertThat(
            followed(
                client,
                4,
                number -> {
                  if (number == 5) {
                    read.countDown();
                  }
                }))
        .containsExactly(3L, 5L, 6L, 7L);
    assertThat(query(first.asked().get(0)))
        .isEqualTo(Map.of("sweep", "s", "since", "0", "follow", "true"));
    assertThat(query(second.asked().get(0)))
        .isEqualTo(Map.of("sweep", "s", "since", "5", "follow", "true"));
  }

  @Test
  void leavesAStreamThatFallsSilent() throws Exception {
    FakeNode first =
        node(
            (exchange, request, count) -> {
              FakeNode.events(exchange, 1);
              awaitTheEnd();
            });
    FakeNode second = node((exchange, request, count) -> FakeNode.events(exchange, 2).close());
    assertThat(followed(client(first.url(), second.url()), 2)).containsExactly(1L, 2L);
    assertThat(said).hasSize(2);
    assertThat(said.get(0)).matches("not connected: " + first.url() + ": the connection broke: .+");
    assertThat(said.get(1)).isEqualTo("reconnected to " + second.url());
  }

  private void awaitTheEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aFollowerThatOnceHadAnAnswerIsNeverTooLate() throws Exception {
    FakeNode node =
        node(
            (exchange, request, count) -> {
              if (count > 1 && count < 30) {
                answer(exchange, 503, "");
              } else {
                FakeNode.events(exchange, count).close();
              }
            });
    assertThat(followed(client(impatient(), node.url()), 2)).containsExactly(1L, 30L);
  }

  @Test
  void readsPastEventsToTheEndThoughTheStreamIsCut() throws Exception {
    FakeNode node =
        node(
            (exchange, request, count) -> {
              OutputStream out = FakeNode.events(exchange, count);
              if (count < 3) {
                lost(exchange, request, count);
              }
              out.close();
            });
    List<Long> numbers = new ArrayList<>();
    client(node.url(), FakeNode.dead())
        .events(Map.of(), 0, false, event -> !numbers.add(event.get("sequence").asLong()));
    assertThat(numbers).containsExactly(1L, 2L, 3L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://a,,http://b", "http://a,b:7420", "http://a,ftp://b", "http://a,"})
  void namesWhatIsNoAddress(String text) {
    String wrong = text.split(",", -1).length == 3 ? "" : text.substring("http://a,".length());
    assertThatThrownBy(() -> Addresses.of("--url", text))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "--url is '"
                + text
                + "', of which '"
                + wrong
                + "' is not an address; it must be an address such as http://127.0.0.1:7420,"
                + " or several separated by commas");
  }
}
