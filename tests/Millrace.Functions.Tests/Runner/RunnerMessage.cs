using Microsoft.DurableTask.Entities;

namespace Millrace.Functions.Tests.Runner;

/// <summary>A message in an entity's inbox.</summary>
internal sealed record RunnerMessage(long Id, EntityInstanceId Target, string Operation, string? Input);
