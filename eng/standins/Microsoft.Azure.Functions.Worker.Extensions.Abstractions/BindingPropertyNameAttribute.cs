namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

[AttributeUsage(AttributeTargets.Property)]
public sealed class BindingPropertyNameAttribute : Attribute
{
    public BindingPropertyNameAttribute(string bindingPropertyName) => BindingPropertyName = bindingPropertyName;

    public string BindingPropertyName { get; }
}
