using Millrace.StateBackends;

namespace Millrace.Embedded.Commands;

/// <summary>What all runs of a measurement have in common.</summary>
/// <param name="EventsPerSecond">Events per second of event time; how fast they come is another matter.</param>
/// <param name="CheckpointInterval">From one checkpoint to the next.</param>
/// <param name="Parallelism">Tasks per operator.</param>
/// <param name="StateBackend">Where keyed state is kept.</param>
internal sealed record NexmarkSettings(long EventsPerSecond, TimeSpan CheckpointInterval, int Parallelism, StateBackend StateBackend);
