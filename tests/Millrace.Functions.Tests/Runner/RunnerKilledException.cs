namespace Millrace.Functions.Tests.Runner;

/// <summary>The app instance is dead: nothing that it still does takes effect.</summary>
internal sealed class RunnerKilledException() : Exception("The app instance was killed.");
