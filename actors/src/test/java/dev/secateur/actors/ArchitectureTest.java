package dev.secateur.actors;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import dev.secateur.protocol.CborSerializable;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules of this code that a compiler can't hold. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.secateur", "ai.djl.pytorch.jni");

  /** All packages of the module, wherever it was built. */
  private static final String[] GPU_WORKER =
      CLASSES.stream()
          .filter(ArchitectureTest::isOfTheWork)
          .map(JavaClass::getPackageName)
          .filter(name -> name.startsWith("dev.secateur."))
          .distinct()
          .toArray(String[]::new);

  private static boolean isOfTheWork(JavaClass type) {
    return type.getSource().orElseThrow().getUri().toString().contains("/gpu-worker");
  }

  private static final ArchRule theProtocolHasNoLibraryButActorRefAndAnnotations =
      classes()
          .that()
          .resideInAPackage("dev.secateur.protocol..")
          .should()
          .onlyDependOnClassesThat(
              describe(
                  "are of the protocol, Java, ActorRef or Jackson's annotations",
                  (JavaClass type) ->
                      type.getPackageName().startsWith("dev.secateur.protocol")
                          || type.getPackageName().startsWith("java.")
                          || type.isPrimitive()
                          || type.isArray()
                          || type.getName().equals("akka.actor.typed.ActorRef")
                          || type.getPackageName().equals("com.fasterxml.jackson.annotation")));

  private static final ArchRule theCoordinatorNeverSeesTheWorker =
      noClasses()
          .that()
          .resideInAPackage("dev.secateur.coordinator..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(GPU_WORKER)
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  private static final ArchRule theWorkerNeverSeesTheCoordinator =
      noClasses()
          .that()
          .resideInAnyPackage(GPU_WORKER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.secateur.coordinator..", "dev.secateur.actors..");

  private static final ArchRule noNumberOverloadsOnArrays =
      noClasses()
          .should()
          .callMethodWhere(
              describe(
                  "an array's method is given a Number, which corrupts gradients on the CPU",
                  (JavaMethodCall call) ->
                      call.getTargetOwner().isAssignableTo(NDArray.class)
                          && call.getTarget().getRawParameterTypes().stream()
                              .anyMatch(type -> type.isEquivalentTo(Number.class))));

  /** What may be asked of an array or its owner without computing, making or moving elements. */
  private static final Set<String> ARRAY_KEEPING =
      Set.of(
          "NDArray.getShape",
          "NDArray.size",
          "NDArray.getManager",
          "NDArray.attach",
          "NDArray.close",
          "NDManager.newBaseManager",
          "NDManager.newSubManager",
          "NDManager.getDevice",
          "NDManager.close");

  private static final ArchRule arraysAreComputedByKernelsAlone =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.secateur.tensor", "ai.djl..")
          .should()
          .accessTargetWhere(
              describe(
                  "DJL computes, makes or moves an array",
                  (JavaAccess<?> access) -> touchesElements(access)))
          .orShould()
          .dependOnClassesThat(
              describe(
                  "are DJL's other ways to arrays",
                  (JavaClass type) ->
                      type.getPackageName().matches("ai\\.djl\\.(nn|training|pytorch).*")
                          || type.getPackageName().startsWith("ai.djl.ndarray")
                              && !isKnownOfArrays(type)));

  private static final ArchRule javasNumbersAndTransfersHaveOnePlaceEach =
      noClasses()
          .that()
          .resideInAPackage("dev.secateur.tensor")
          .and()
          .doNotHaveFullyQualifiedName("dev.secateur.tensor.HostArrays")
          .should()
          .accessTargetWhere(
              describe(
                  "DJL computes, makes or moves an array",
                  (JavaAccess<?> access) ->
                      touchesElements(access)
                          && !access.getOriginOwner().getSimpleName().equals("Placement")))
          .orShould()
          .accessTargetWhere(
              describe(
                  "a kernel is run whose operands are not checked",
                  (JavaAccess<?> access) ->
                      access.getName().equals("moved")
                          && !access
                              .getOriginOwner()
                              .getSimpleName()
                              .matches("Transfers|ScriptedKernels")));

  private static boolean touchesElements(JavaAccess<?> access) {
    return isOfArrays(access.getTargetOwner()) && !ARRAY_KEEPING.contains(arrayMethod(access));
  }

  private static boolean isOfArrays(JavaClass type) {
    return type.isAssignableTo(NDArray.class) || type.isAssignableTo(NDManager.class);
  }

  private static boolean isKnownOfArrays(JavaClass type) {
    JavaClass element = type.getBaseComponentType();
    return element.isEquivalentTo(NDArray.class)
        || element.isEquivalentTo(NDManager.class)
        || element.getPackageName().equals("ai.djl.ndarray.types");
  }

  private static String arrayMethod(JavaAccess<?> access) {
    boolean array = access.getTargetOwner().isAssignableTo(NDArray.class);
    return (array ? "NDArray." : "NDManager.") + access.getName();
  }

  private static final ArchRule whatCrossesAProcessIsARecord =
      classes()
          .that()
          .areAssignableTo(CborSerializable.class)
          .and()
          .areNotInterfaces()
          .and()
          .resideInAPackage("dev.secateur.protocol..")
          .should()
          .beRecords();

  private static final ArchRule onlyTheWorkerActorAndItsCommandsKnowAkkaAmongTheWork =
      noClasses()
          .that()
          .resideInAnyPackage(GPU_WORKER)
          .and()
          .haveNameNotMatching("dev\\.secateur\\.worker\\.Worker(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("akka..");

  private static final ArchRule theWorkersActorDoesNotKnowWhatItRuns =
      noClasses()
          .that()
          .resideInAPackage("dev.secateur.worker..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.secateur.stage..", "dev.secateur.local..");

  private static final ArchRule nothingNeedsBenchmarksNorJobsOfCommands =
      noClasses()
          .that()
          .resideInAnyPackage(GPU_WORKER)
          .and()
          .resideOutsideOfPackage("dev.secateur.local..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.secateur.local..");

  private static final ArchRule packagesFormNoCycles =
      slices()
          .matching("dev.secateur.(**)")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(
              describe("nothing", (JavaClass type) -> false),
              describe("nothing", (JavaClass type) -> false));

  /** {@code FailureReason} says what went wrong. */
  private static final ArchRule messagesNameNoClasses =
      noClasses()
          .should()
          .callMethodWhere(
              describe(
                  "a failure is told by the name of its class",
                  (JavaCall<?> call) ->
                      call.getName().equals("getSimpleName")
                          || call.getName().equals("toString")
                              && call.getTargetOwner().isAssignableTo(Throwable.class)));

  private static final ArchRule nothingReadsTheTimeInDecisions =
      noClasses()
          .that()
          .resideInAPackage("dev.secateur.coordinator.schedule..")
          .should()
          .accessTargetWhere(
              describe(
                  "the clock is read",
                  (JavaAccess<?> access) ->
                      access.getName().equals("now")
                          || access.getName().equals("currentTimeMillis")
                          || access.getName().equals("nanoTime")));

  /** What returns a value, at once or later: it may return an Optional. */
  private static final Predicate<JavaClass> ANSWERS =
      type ->
          type.isAssignableTo(CompletionStage.class)
              || type.getPackageName().equals("java.util.function");

  /** Optional is returned and never stored, in a collection neither. */
  private static final ArchRule nothingHoldsAnOptional =
      noFields()
          .that()
          .doNotHaveModifier(JavaModifier.SYNTHETIC)
          .should(
              ArchCondition.from(
                  describe(
                      "hold an Optional",
                      (JavaField field) ->
                          !ANSWERS.test(field.getRawType())
                              && field.getAllInvolvedRawTypes().stream()
                                  .anyMatch(
                                      type ->
                                          type.getName().matches("java\\.util\\.Optional\\w*")))));

  static Stream<Named<ArchRule>> rules() {
    return Stream.of(
        Named.of(
            "theProtocolHasNoLibraryButActorRefAndAnnotations",
            theProtocolHasNoLibraryButActorRefAndAnnotations),
        Named.of("theCoordinatorNeverSeesTheWorker", theCoordinatorNeverSeesTheWorker),
        Named.of("theWorkerNeverSeesTheCoordinator", theWorkerNeverSeesTheCoordinator),
        Named.of("noNumberOverloadsOnArrays", noNumberOverloadsOnArrays),
        Named.of("arraysAreComputedByKernelsAlone", arraysAreComputedByKernelsAlone),
        Named.of(
            "javasNumbersAndTransfersHaveOnePlaceEach", javasNumbersAndTransfersHaveOnePlaceEach),
        Named.of("whatCrossesAProcessIsARecord", whatCrossesAProcessIsARecord),
        Named.of(
            "onlyTheWorkerActorAndItsCommandsKnowAkkaAmongTheWork",
            onlyTheWorkerActorAndItsCommandsKnowAkkaAmongTheWork),
        Named.of("theWorkersActorDoesNotKnowWhatItRuns", theWorkersActorDoesNotKnowWhatItRuns),
        Named.of(
            "nothingNeedsBenchmarksNorJobsOfCommands", nothingNeedsBenchmarksNorJobsOfCommands),
        Named.of("packagesFormNoCycles", packagesFormNoCycles),
        Named.of("messagesNameNoClasses", messagesNameNoClasses),
        Named.of("nothingHoldsAnOptional", nothingHoldsAnOptional),
        Named.of("nothingReadsTheTimeInDecisions", nothingReadsTheTimeInDecisions));
  }

  @Test
  void theWorkIsAllOfItsPackages() {
    assertThat(GPU_WORKER)
        .contains("dev.secateur.hub", "dev.secateur.tensor", "dev.secateur.worker")
        .noneMatch(name -> name.matches("dev\\.secateur\\.(actors|coordinator|protocol).*"));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void holds(ArchRule rule) {
    rule.check(CLASSES);
  }
}
