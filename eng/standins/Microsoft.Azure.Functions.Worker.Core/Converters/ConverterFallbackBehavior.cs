namespace Microsoft.Azure.Functions.Worker.Converters;

public enum ConverterFallbackBehavior
{
    Allow = 0,
    Disallow = 1,
    Default = Allow,
}
