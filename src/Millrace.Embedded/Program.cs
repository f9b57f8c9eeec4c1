namespace Millrace.Embedded;

internal static class Program
{
    private static int Main() => 0;
}
