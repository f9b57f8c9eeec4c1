namespace Millrace.Simulation.Tests.Jobs;

public sealed record Sale(string Shop, int Amount, long Time);
