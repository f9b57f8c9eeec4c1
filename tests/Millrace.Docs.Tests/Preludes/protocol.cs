global using Millrace.Testing.Simulation;
global using static Prelude;
using Millrace.Api;

public static class Prelude
{
    public static IReadOnlyList<SimulatedRecord> records => [];

    public sealed class SalesJob : IStreamJob
    {
        public string Name => "sales";

        public void Build(StreamExecutionEnvironment env) { }
    }
}
